package dev.caravan.component.websocket.sockjs;

import dev.caravan.component.websocket.Connection;
import dev.caravan.component.websocket.Frames;
import dev.caravan.component.websocket.Transport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** SockJS over WebSocket: messages travel in SockJS frames inside WebSocket frames. */
final class SockJsWebSocket implements Transport, Transport.Events {
    private final Connection connection;
    private Transport transport;

    // Guarded by this: the remaining messages of the last frame, and whether the next one may be handed over.
    private SockJsFrames.Messages received = SockJsFrames.Messages.NONE;
    private boolean demanded;
    private boolean delivering;

    private volatile boolean closing;

    private volatile long lastSent = System.nanoTime();

    SockJsWebSocket(Connection connection) {
        this.connection = connection;
    }

    @Override
    public void opened(Transport webSocket) {
        transport = webSocket;
        write(SockJsFrames.OPEN);
        connection.opened(this);
    }

    @Override
    public void received(Object message) {
        if (closing) {
            transport.demand();
            return;
        }
        try {
            if (!(message instanceof String text)) {
                throw new IOException("SockJS carries text only");
            }
            if (!text.isEmpty()) {
                SockJsFrames.Messages messages = SockJsFrames.read(text);
                synchronized (this) {
                    received = messages;
                }
            }
        } catch (IOException e) {
            close(BAD_PAYLOAD, "Broken JSON encoding.");
            transport.demand();
            return;
        }
        demand();
    }

    /** Hands messages over in a loop, since handing one over may demand the next. */
    @Override
    public void demand() {
        synchronized (this) {
            demanded = true;
            if (delivering) {
                return;
            }
            delivering = true;
        }
        for (String message = poll(); message != null; message = poll()) {
            long max = connection.maxTextMessageSize();
            if (message.getBytes(StandardCharsets.UTF_8).length > max) {
                close(MESSAGE_TOO_LARGE, "A message may have " + max + " bytes");
                synchronized (this) {
                    demanded = true;
                }
            } else {
                connection.received(message);
            }
        }
    }

    private String poll() {
        String message = null;
        boolean empty = false;
        synchronized (this) {
            if (demanded) {
                message = closing ? null : received.next();
                empty = message == null;
                demanded = false;
            }
            delivering = message != null;
        }
        if (empty) {
            transport.demand();
        }
        return message;
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
    public void silent() {
        connection.silent();
    }

    @Override
    public boolean isAnonymous() {
        return connection.isAnonymous();
    }

    /** In quotes, with every second character escaped. */
    @Override
    public int overhead() {
        return 2;
    }

    @Override
    public void identified() {
        transport.identified();
    }

    @Override
    public void flooded() {
        connection.flooded();
    }

    @Override
    public void sent(Frames frames) {
        if (frames.wrapped() != null) {
            connection.sent(frames.wrapped());
        }
    }

    @Override
    public void send(Frames frames) {
        lastSent = System.nanoTime();
        transport.send(SockJsFrames.frame(frames));
    }

    @Override
    public void close(int code, String reason) {
        closing = true;
        write(SockJsFrames.close(code, reason));
        transport.close(code, reason);
    }

    private void write(String frame) {
        lastSent = System.nanoTime();
        transport.send(Frames.of(frame, false));
    }

    @Override
    public void abort() {
        transport.abort();
    }

    @Override
    public long waitingSince() {
        return transport.waitingSince();
    }

    @Override
    public void tick(long now) {
        transport.tick(now);
        if (now - lastSent > TimeUnit.SECONDS.toNanos(SockJs.HEARTBEAT_SECONDS)) {
            write(SockJsFrames.HEARTBEAT);
        }
    }
}
