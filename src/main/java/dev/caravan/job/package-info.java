/**
 * What a job is: its states and their legal moves, the store that makes them, the attempts of workers, and the REST
 * contract. How these are joined is in the routes {@code jobs}, {@code attempts}, {@code status}, {@code leases} and
 * {@code recovery}. Camel is known to {@link dev.caravan.job.JobApi} and {@link dev.caravan.job.JobTypes}, and by the
 * annotations of its parameters to {@link dev.caravan.job.JobAttempts}.
 */
package dev.caravan.job;
