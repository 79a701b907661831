package dev.caravan.component.websocket.sockjs;

import dev.caravan.component.websocket.Connection;
import dev.caravan.component.websocket.Transport;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Supplier;

/** Hands what a client sends to its connection, message after message, each when it is demanded. Thread-safe. */
final class SockJsInbox {
    private final Connection connection;
    private final Transport transport;

    // All guarded by this; the connection is called without the lock.
    private final Queue<Batch> batches = new ArrayDeque<>(2);
    private boolean closed;
    private boolean demanded;

    /** Whether a thread hands messages over: one thread does, in a loop, since handing one over may demand the next. */
    private boolean delivering;

    private record Batch(Supplier<String> messages, Runnable done) {}

    /** @param transport closed when a message is too large */
    SockJsInbox(Connection connection, Transport transport) {
        this.connection = connection;
        this.transport = transport;
    }

    /**
     * Takes what the client has sent at once.
     *
     * @param messages gives one message after the other, then null
     * @param done runs when the message after the last one is demanded, or all are dropped
     * @return false after {@link #close}
     */
    boolean add(Supplier<String> messages, Runnable done) {
        synchronized (this) {
            if (closed) {
                return false;
            }
            batches.add(new Batch(messages, done));
        }
        deliver(false);
        return true;
    }

    void demand() {
        deliver(true);
    }

    /** @param demand whether another message may be handed over; if it might before, it still may */
    private void deliver(boolean demand) {
        synchronized (this) {
            demanded |= demand;
            if (delivering) {
                return; // the thread that delivers sees the demand
            }
            delivering = true;
        }
        for (String message = poll(); message != null; message = poll()) {
            long max = connection.maxTextMessageSize();
            if (message.getBytes(StandardCharsets.UTF_8).length > max) {
                transport.close(Transport.MESSAGE_TOO_LARGE, "A message may have " + max + " bytes");
            } else {
                connection.received(message);
            }
        }
    }

    /** The next message to hand over; ends the delivery if there is none. */
    private String poll() {
        List<Batch> done = new ArrayList<>(1);
        String message = null;
        synchronized (this) {
            while (demanded && message == null && !batches.isEmpty()) {
                message = batches.peek().messages.get();
                if (message == null) {
                    done.add(batches.poll());
                }
            }
            demanded &= message == null;
            delivering = message != null;
        }
        done.forEach(batch -> batch.done.run());
        return message;
    }

    /** Drops what is not handed over yet. */
    void close() {
        List<Batch> dropped;
        synchronized (this) {
            closed = true;
            dropped = List.copyOf(batches);
            batches.clear();
        }
        dropped.forEach(batch -> batch.done.run());
    }
}
