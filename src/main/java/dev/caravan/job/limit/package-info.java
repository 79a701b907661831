/** The limits of a type of job over all nodes: how many run, and when it is whose turn; and types that are paused. */
package dev.caravan.job.limit;
