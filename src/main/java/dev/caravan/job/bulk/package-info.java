/** Bulk acts: an operator cancels, replays or discards all jobs that match a filter, by a job that does so. */
package dev.caravan.job.bulk;
