/** Batches: jobs that belong together, and a job that runs when all of them have ended. */
package dev.caravan.job.batch;
