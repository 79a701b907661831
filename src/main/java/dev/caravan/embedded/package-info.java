/**
 * The broker and the Redis that a node brings along when nobody gave it others: profile {@code embedded}, loopback
 * only, in memory. Nothing of this package exists in any other profile, and nothing outside it knows that it exists.
 */
package dev.caravan.embedded;
