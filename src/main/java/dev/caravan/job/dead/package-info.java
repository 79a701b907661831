/** The jobs that have failed for good, by what they failed of. */
package dev.caravan.job.dead;
