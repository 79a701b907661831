/** Meters of jobs, queues and routes, the health of the broker and Redis, traces, and {@code /queues}. */
package dev.caravan.observability;
