package dev.caravan.component.websocket.sockjs;

import dev.caravan.component.websocket.WebSocketServer;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * A request whose response carries the messages of a session: one frame, or as many as a browser can keep in memory.
 * Guarded by its session.
 */
final class SockJsReceiver implements WriteListener {
    /** How a transport looks on the wire. */
    enum Kind {
        XHR("application/javascript;charset=UTF-8", "", "", "\n", 0),
        XHR_STREAMING("application/javascript;charset=UTF-8", "h".repeat(2048) + "\n", "", "\n", 128 * 1024),
        EVENTSOURCE("text/event-stream;charset=UTF-8", "\r\n", "data: ", "\r\n\r\n", 128 * 1024);

        private final String contentType;
        private final String prelude;
        private final String before;
        private final String after;
        private final int maxBytes;

        Kind(String contentType, String prelude, String before, String after, int maxBytes) {
            this.contentType = contentType;
            this.prelude = prelude;
            this.before = before;
            this.after = after;
            this.maxBytes = maxBytes;
        }

        static Kind of(String transport) {
            return valueOf(transport.toUpperCase(Locale.ROOT));
        }
    }

    private final Kind kind;
    private final SockJsSession session;
    private final AsyncContext async;
    private final ServletOutputStream out;
    private final WebSocketServer.PeerWatch watch;
    private volatile boolean listening;
    private boolean started;
    private boolean unflushed;
    private int bytes;

    SockJsReceiver(
            HttpServletRequest request,
            HttpServletResponse response,
            Kind kind,
            SockJsSession session,
            WebSocketServer server)
            throws IOException {
        this.kind = kind;
        this.session = session;
        response.setContentType(kind.contentType);
        async = request.startAsync();
        async.setTimeout(0);
        out = response.getOutputStream();
        watch = server.watch(request, () -> session.lost(this));
    }

    /** Starts to notify the session when it may write, and when the peer is gone. */
    void listen() {
        out.setWriteListener(this);
        watch.begin();
    }

    @Override
    public void onWritePossible() {
        listening = true;
        session.write();
    }

    @Override
    public void onError(Throwable cause) {
        session.lost(this);
    }

    boolean isListening() {
        return listening;
    }

    /** Whether everything is sent. If not, the session is notified when it is. */
    boolean isDone() throws IOException {
        if (!out.isReady()) {
            return false;
        }
        if (unflushed) {
            unflushed = false;
            out.flush();
            return out.isReady();
        }
        return true;
    }

    void write(String frame) throws IOException {
        String text = (started ? "" : kind.prelude) + kind.before + frame + kind.after;
        started = true;
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        bytes += encoded.length;
        unflushed = true;
        out.write(encoded);
    }

    /** Whether the response has reached its limit, and the client has to reconnect. */
    boolean isFull() {
        return started && bytes >= kind.maxBytes;
    }

    void complete() {
        watch.end();
        try {
            async.complete();
        } catch (IllegalStateException e) {
            // Jetty was quicker to find that the peer is gone.
        }
    }

    /** Closes the connection of a peer that does not read. */
    void abort() {
        watch.abort();
    }
}
