/**
 * Events: published once, received on every node. {@link dev.caravan.event.EventHub} takes an event from the node's own
 * queue, delivers it to the subscriptions of routes ({@code from: events:<name>}) and logs it; HTTP subscribers read the log
 * at their own pace. A durable subscription has its own queue on the broker instead.
 */
package dev.caravan.event;
