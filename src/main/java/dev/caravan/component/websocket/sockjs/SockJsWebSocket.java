package dev.caravan.component.websocket.sockjs;

import dev.caravan.component.websocket.Connection;
import dev.caravan.component.websocket.Frames;
import dev.caravan.component.websocket.Transport;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** SockJS over WebSocket: messages travel in SockJS frames inside WebSocket frames. */
final class SockJsWebSocket implements Transport, Transport.Events {
    private final Connection connection;
    private final SockJsInbox inbox;
    private Transport transport;
    private volatile long lastSent = System.nanoTime();

    SockJsWebSocket(Connection connection) {
        this.connection = connection;
        this.inbox = new SockJsInbox(connection, this);
    }

    @Override
    public Connection connection() {
        return connection;
    }

    @Override
    public void opened(Transport webSocket) {
        transport = webSocket;
        inbox.add(() -> null, webSocket::demand); // the first demand reads
        write(SockJsFrames.OPEN);
        connection.opened(this);
    }

    @Override
    public void received(Object message) {
        try {
            if (!(message instanceof String text)) {
                throw new IOException("SockJS carries text only");
            }
            SockJsFrames.Messages messages = text.isEmpty() ? SockJsFrames.Messages.NONE : SockJsFrames.read(text);
            inbox.add(messages::next, transport::demand);
        } catch (IOException e) {
            close(BAD_PAYLOAD, "Broken JSON encoding.");
        }
    }

    @Override
    public void demand() {
        inbox.demand();
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
        inbox.close();
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
