/**
 * The component {@code batch}: a route gets single messages in batches, in their order, so that many messages share one
 * write, one round trip, one call of whatever comes next. Beside it, what runs such work: {@code Batcher}, {@code
 * AdaptiveExecutor} and {@code WorkerPool}. Knows nothing of the product.
 */
package dev.caravan.component.batch;
