package dev.caravan.websocket;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;
import org.apache.camel.support.DefaultAsyncProducer;

/**
 * Sends to one, many or all connections of a path. Who gets it is said by properties of the exchange alone: headers may
 * come from a client. Done when the message is queued.
 */
final class WebSocketProducer extends DefaultAsyncProducer {
    private final WebSocketEndpoint endpoint;
    private final WebSocketComponent component;

    WebSocketProducer(WebSocketEndpoint endpoint, WebSocketComponent component) {
        super(endpoint);
        this.endpoint = endpoint;
        this.component = component;
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
        Integer close = exchange.getProperty("websocket.close", Integer.class);
        ByteBuffer payload = payload(body);
        boolean binary = body instanceof byte[] || exchange.getProperty("websocket.binary", false, Boolean.class);
        for (Connection connection : targets(exchange)) {
            if (payload != null) {
                connection.send(payload, binary);
            }
            if (close != null) {
                connection.close(close, exchange.getProperty("websocket.closeReason", String.class));
            }
        }
    }

    private static ByteBuffer payload(Object body) {
        if (body == null) {
            return null;
        }
        if (body instanceof ByteBuffer shared) {
            return shared.asReadOnlyBuffer();
        }
        if (body instanceof byte[] bytes) {
            return ByteBuffer.wrap(bytes);
        }
        if (body instanceof String text) {
            return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        }
        throw new IllegalArgumentException("A WebSocket message is a String, a byte[] or a ByteBuffer, not a "
                + body.getClass().getName());
    }

    private Collection<Connection> targets(Exchange exchange) {
        boolean all = exchange.getProperty("websocket.sendToAll", endpoint.isSendToAll(), Boolean.class);
        Collection<?> keys = exchange.getProperty("websocket.connectionKeys", Collection.class);
        String key = exchange.getProperty("websocket.connectionKey", String.class);
        if (!all && keys == null && key == null) {
            throw new IllegalArgumentException("Nobody to send to: none of the exchange properties"
                    + " websocket.connectionKey, websocket.connectionKeys and websocket.sendToAll is set");
        }
        WebSocketPath path = component.path(endpoint.path());
        if (path == null) {
            return List.of();
        }
        if (all) {
            return path.connections();
        }
        List<Connection> targets = new ArrayList<>(keys == null ? 1 : keys.size());
        for (Object one : keys == null ? List.of(key) : keys) {
            Connection connection = path.connection((String) one);
            if (connection != null) {
                targets.add(connection);
            }
        }
        return targets;
    }
}
