/** What monitoring sees: meters of jobs, queues and routes, whether the broker and Redis are there, {@code /queues}. */
package dev.caravan.observability;
