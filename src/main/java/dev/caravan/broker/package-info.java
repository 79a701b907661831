/**
 * The message broker: its topology and failure policies, once and by name; publishing that is confirmed; consuming that
 * never drops what it could not work. Knows nothing of jobs but the names of their queues and routes.
 */
package dev.caravan.broker;
