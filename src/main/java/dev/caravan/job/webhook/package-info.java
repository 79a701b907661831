/**
 * Webhooks (Standard Webhooks): tells the servers of others that jobs have ended, and of events. Each delivery is a job, which {@code
 * routes/engine/webhooks.camel.yaml} submits and runs.
 */
package dev.caravan.job.webhook;
