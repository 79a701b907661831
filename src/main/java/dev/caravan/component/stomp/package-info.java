/**
 * Destinations of STOMP that routes make: {@code from: stomp:/topic/{name}} and {@code stomp:/queue/{name}}. It knows
 * destinations, who may use them, and how the broker carries their messages, but no connections: whoever has those asks
 * {@link dev.caravan.component.stomp.StompDestinations} for what clients send and subscribe to.
 */
package dev.caravan.component.stomp;
