/** Finds accepted jobs that nobody runs and puts them back on the queue. */
package dev.caravan.job.recovery;
