/** Schedules: jobs that are submitted at their time, by files or over REST, once for all nodes. */
package dev.caravan.job.schedule;
