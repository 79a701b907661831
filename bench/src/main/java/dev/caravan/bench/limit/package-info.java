/**
 * The bare limit: what a job costs if nothing is between Jetty, Redis and RabbitMQ, with the promises of Caravan as long as no
 * broker and no process fails. If one does, it ends: what it has accepted is stored and on the queue.
 *
 * <p>One thread serves HTTP. One thread writes to Redis, in batches of whatever waits, then publishes and acknowledges. The two
 * readers of RabbitMQ hand over what they have read in one go. Handlers, which do nothing here, have threads of their own.
 */
package dev.caravan.bench.limit;
