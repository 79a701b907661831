/**
 * What a job is: its states and their legal moves, the store that makes them, the attempts of workers, and the REST
 * contract. How these are joined is in the routes {@code jobs.camel.yaml}, {@code status.camel.yaml} and
 * {@code recovery.camel.yaml}. Camel is known to {@link dev.caravan.job.JobApi} and {@link dev.caravan.job.JobTypes} only.
 */
package dev.caravan.job;
