/**
 * The message broker: declarations, publishing that is confirmed, and consuming that never drops a message that it could
 * not process. Knows nothing of the product.
 */
package dev.caravan.component.rabbitmq;
