/** Publishes what happens to jobs to whoever watches them on this node. */
package dev.caravan.job.updates;
