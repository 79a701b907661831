package dev.caravan.component.websocket;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;
import org.apache.camel.support.DefaultAsyncProducer;

/**
 * Sends to one, many or all connections of a path. The receivers stand in the body, if that is a map, or in properties
 * of the exchange, never in headers, which may come from a client. Done when everything is queued.
 */
final class WebSocketProducer extends DefaultAsyncProducer {
    private final WebSocketEndpoint endpoint;

    WebSocketProducer(WebSocketEndpoint endpoint) {
        super(endpoint);
        this.endpoint = endpoint;
    }

    @Override
    public boolean process(Exchange exchange, AsyncCallback callback) {
        try {
            send(exchange);
        } catch (RuntimeException e) {
            exchange.setException(e);
        }
        callback.done(true);
        return true;
    }

    private void send(Exchange exchange) {
        Object body = exchange.getMessage().getBody();
        boolean binary = exchange.getProperty(WebSocketProperties.BINARY, false, Boolean.class);
        Integer close = exchange.getProperty(WebSocketProperties.CLOSE, Integer.class);
        String reason = close == null ? null : exchange.getProperty(WebSocketProperties.CLOSE_REASON, String.class);
        WebSocketPath path = endpoint.component().paths().path(endpoint.getPath());
        if (body instanceof Map<?, ?> perKeys) {
            perKeys.forEach((keys, payload) -> {
                Frames frames = Frames.of(payload, binary);
                forEach(path, keys, connection -> send(frames, connection));
            });
            forEach(path, close == null ? List.of() : perKeys.keySet(), c -> c.close(close, reason));
            return;
        }
        Frames frames = Frames.of(body, binary);
        Object keys = keys(exchange, path);
        if (exchange.getProperty(WebSocketProperties.KNOWN, false, Boolean.class)) {
            forEach(path, keys, Connection::identified);
        }
        forEach(path, keys, connection -> send(frames, connection));
        forEach(path, close == null ? List.of() : keys, c -> c.close(close, reason));
    }

    private Object keys(Exchange exchange, WebSocketPath path) {
        if (exchange.getProperty(WebSocketProperties.SEND_TO_ALL, endpoint.isSendToAll(), Boolean.class)) {
            return path == null ? List.of() : path.connections();
        }
        Object keys = exchange.getProperty(WebSocketProperties.CONNECTION_KEYS, Collection.class);
        if (keys == null) {
            keys = exchange.getProperty(WebSocketProperties.CONNECTION_KEY, String.class);
        }
        if (keys == null) {
            throw new IllegalArgumentException("No receiver: the body is not a map, and none of the exchange"
                    + " properties websocket.connectionKey, websocket.connectionKeys and websocket.sendToAll is set");
        }
        return keys;
    }

    /** Skips keys of connections that are gone. */
    private static void forEach(WebSocketPath path, Object keys, Consumer<Connection> action) {
        // Final classes first: the JVM is slow to find out that a String is no Collection.
        if (!(keys instanceof String) && !(keys instanceof Connection)) {
            ((Collection<?>) keys).forEach(one -> forEach(path, one, action));
            return;
        }
        Connection connection =
                keys instanceof Connection it ? it : path == null ? null : path.connection((String) keys);
        if (connection != null) {
            action.accept(connection);
        }
    }

    private static void send(Frames frames, Connection connection) {
        if (frames != null) {
            connection.send(frames);
        }
    }
}
