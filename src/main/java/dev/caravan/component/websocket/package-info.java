/**
 * The component {@code websocket-jetty}: WebSocket as routes see it, on Spring Boot's own port. One exchange for each
 * event of a connection, in order; messages to one, many or all connections of a path without waiting for any of them.
 * Knows nothing of what the messages mean.
 */
package dev.caravan.component.websocket;
