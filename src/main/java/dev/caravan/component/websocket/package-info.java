/**
 * The component {@code websocket-jetty}: WebSocket for routes, on Spring Boot's own port. Makes one exchange of each
 * event of a connection, in order; sends to one, many or all connections of a path without waiting for any of them. The
 * interfaces {@code WebSocketServer} and {@code HttpFallback} are implemented in {@code .jetty} and {@code .sockjs}.
 */
package dev.caravan.component.websocket;
