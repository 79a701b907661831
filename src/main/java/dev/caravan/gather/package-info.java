/**
 * The component {@code gather}: what comes to a route one by one goes on in batches, in its order, on a thread of its
 * own. So many messages share one write, one round trip, one turn of whatever comes next.
 */
package dev.caravan.gather;
