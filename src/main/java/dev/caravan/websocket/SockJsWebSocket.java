package dev.caravan.websocket;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.websocket.core.CloseStatus;

/** SockJS over WebSocket: what is said goes in frames of SockJS in those of WebSocket. */
final class SockJsWebSocket implements Transport, Transport.Events {
    private final Connection connection;
    private final WebSocketEndpoint options;
    private final JettyTransport jetty;

    /** Messages that came with one that is being worked. Only touched by who may deliver the next one. */
    private volatile Queue<String> received = new ArrayDeque<>(0);

    private volatile boolean closing;

    private volatile long lastSent = System.nanoTime();

    SockJsWebSocket(Connection connection, WebSocketEndpoint options) {
        this.connection = connection;
        this.options = options;
        // In quotes, with every second character escaped.
        this.jetty = new JettyTransport(this, options, 2);
    }

    JettyTransport jetty() {
        return jetty;
    }

    @Override
    public void opened(Transport transport) {
        write(SockJsFrames.OPEN);
        connection.opened(this);
    }

    @Override
    public void received(Object message) {
        if (closing) {
            jetty.demand();
            return;
        }
        try {
            if (!(message instanceof String text)) {
                throw new IOException("SockJS knows but text");
            }
            if (!text.isEmpty()) {
                received = SockJsFrames.read(text.getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            close(CloseStatus.BAD_PAYLOAD, "Broken JSON encoding.");
            jetty.demand();
            return;
        }
        demand();
    }

    @Override
    public void demand() {
        String next = closing ? null : received.poll();
        if (next == null) {
            jetty.demand();
        } else if (next.getBytes(StandardCharsets.UTF_8).length > options.getMaxTextMessageSize()) {
            close(CloseStatus.MESSAGE_TOO_LARGE, "A message may have " + options.getMaxTextMessageSize() + " bytes");
            jetty.demand();
        } else {
            connection.received(next);
        }
    }

    @Override
    public void failed(Throwable cause) {
        connection.failed(cause);
    }

    @Override
    public void closed(int code, String reason) {
        connection.closed(code, reason);
    }

    @Override
    public void sent(Frames frames) {
        if (frames.origin() != null) {
            connection.sent(frames.origin());
        }
    }

    @Override
    public void send(Frames frames) {
        lastSent = System.nanoTime();
        jetty.send(frames.inSockJs());
    }

    @Override
    public void close(int code, String reason) {
        closing = true;
        write(SockJsFrames.close(code, reason));
        jetty.close(code, reason);
    }

    private void write(String frame) {
        lastSent = System.nanoTime();
        jetty.send(Frames.of(frame, false));
    }

    @Override
    public void abort() {
        jetty.abort();
    }

    @Override
    public long waitingSince() {
        return jetty.waitingSince();
    }

    @Override
    public void tick(long now) {
        if (now - lastSent > TimeUnit.SECONDS.toNanos(SockJs.HEARTBEAT_SECONDS)) {
            write(SockJsFrames.HEARTBEAT);
        }
    }
}
