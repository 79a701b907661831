package dev.caravan.component.websocket;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** The protocol that clients speak below the path of a consumer: over HTTP if they have no WebSocket. Thread-safe. */
public interface HttpFallback {
    /** @param below what follows the path of the consumer */
    void handle(HttpServletRequest request, HttpServletResponse response, WebSocketPath path, String below)
            throws IOException;

    /** Puts the messages of a connection into frames of this protocol, inside those of WebSocket. */
    Transport.Events overWebSocket(Connection connection);
}
