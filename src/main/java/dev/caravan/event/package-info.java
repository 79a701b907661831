/**
 * Events: published once, heard on every node. An event comes from the node's own queue to {@link
 * dev.caravan.event.EventHub}, which gives it to the subscriptions of routes ({@code from: events:<name>}) and writes it
 * into a log of the latest, from which those who follow over HTTP read at their own pace. A durable subscription has a queue
 * of its own on the broker instead.
 */
package dev.caravan.event;
