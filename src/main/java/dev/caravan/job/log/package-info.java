/** Takes what handlers log while they run a job, for the log of that job. */
package dev.caravan.job.log;
