/**
 * The broker and the Redis that a node starts when its settings name no others: profile {@code embedded}, loopback only, in
 * memory. Nothing of this package exists in any other profile, and no other module knows it.
 */
package dev.caravan.embedded;
