/** What people do to jobs: cancellations reach the workers that run them. */
package dev.caravan.job.control;
