package dev.caravan.component.websocket;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;

/** What the component needs of the HTTP server and the servlet API does not offer. Thread-safe. */
public interface WebSocketServer {
    /**
     * Makes a request a WebSocket connection.
     *
     * @param events receives what happens on the connection
     * @param subprotocol the one agreed on, null for none
     * @return whether the request was a handshake; if it was, the response is sent
     */
    boolean upgrade(HttpServletRequest request, Transport.Events events, WebSocketEndpoint options, String subprotocol)
            throws IOException;

    /** @param gone runs at most once, and not after {@link PeerWatch#end} */
    PeerWatch watch(HttpServletRequest request, Runnable gone);

    /** Notices that the peer has closed its connection while the response to its request waits. */
    interface PeerWatch {
        /** Starts to watch. Does nothing on a connection that cannot be watched. */
        void begin();

        /** Stops; to be called before the response is complete. */
        void end();

        /** Closes the network connection. */
        void abort();
    }
}
