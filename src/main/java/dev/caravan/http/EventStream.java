package dev.caravan.http;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A response that continues: server-sent events, {@code text/event-stream} (HTML Living Standard, 9.2). A route leaves
 * one as its body; the client then receives what was sent before and what is sent later.
 *
 * <p>Sending never blocks. Up to {@value #MAX_WAITING} bytes or one event wait here for the client; a client that is
 * further behind is disconnected, and may reconnect with {@code Last-Event-ID}. Senders of many events check {@link
 * #isReady} before each. Comments sent at an interval ({@code caravan.http.stream-heartbeat}) detect clients that are gone.
 *
 * <p>Ends once: by {@link #end}, when the client is gone or disconnected, or when the node stops. Thread-safe.
 */
public final class EventStream {
    /** How many bytes may wait for the client. */
    static final int MAX_WAITING = 256 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);
    private static final Pattern LINE = Pattern.compile("\r\n|\r|\n");
    private static final Pattern NOT_IN_A_FIELD = Pattern.compile("[\r\n\0]");
    /** Sent first, so that the client knows at once that it is connected, and how long to wait before it reconnects. */
    private static final byte[] PRELUDE = RestResponse.utf8("retry: 2000\n\n");

    private static final byte[] HEARTBEAT = RestResponse.utf8(":\n\n");

    private final ByteArrayOutputStream waiting = new ByteArrayOutputStream(256);
    private final List<Runnable> listeners = new ArrayList<>(1);
    private Runnable whenReady = () -> {};
    private AsyncContext context;
    private ServletOutputStream out;
    private ScheduledFuture<?> heartbeats;
    /** Whether written bytes still have to be flushed. */
    private boolean written;
    /** No more events are accepted; what waits is still sent. */
    private boolean ended;
    /** Nothing more is sent. */
    private boolean closed;

    public EventStream() {
        waiting.writeBytes(PRELUDE);
    }

    /**
     * Sends an event.
     *
     * @param id what the client sends as {@code Last-Event-ID} when it reconnects; null for none
     * @param event the kind of event; null for the usual, {@code message}
     * @param data any text; a line break in it, of whatever kind, arrives as {@code \n}
     * @return whether it will be sent, unless the client goes first; false if the stream is over
     * @throws IllegalArgumentException if the id or the event has a line break or a NUL
     */
    public boolean send(String id, String event, String data) {
        StringBuilder text = new StringBuilder(data.length() + 64);
        field(text, "id: ", id);
        field(text, "event: ", event);
        for (String line : LINE.split(data, -1)) {
            text.append("data: ").append(line).append('\n');
        }
        return write(RestResponse.utf8(text.append('\n').toString()));
    }

    /** Whether the client has received everything: then the next event may be of any size. */
    public synchronized boolean isReady() {
        return !ended && waiting.size() == 0;
    }

    /**
     * Runs the task each time the client has received everything, first when it is connected. The task must not block.
     */
    public synchronized void onReady(Runnable task) {
        whenReady = task;
    }

    private static void field(StringBuilder text, String name, String value) {
        if (value == null) {
            return;
        }
        if (NOT_IN_A_FIELD.matcher(value).find()) {
            throw new IllegalArgumentException("Line break or NUL in a field of an event");
        }
        text.append(name).append(value).append('\n');
    }

    private boolean write(byte[] bytes) {
        synchronized (this) {
            if (ended) {
                return false;
            }
            if (waiting.size() > 0 && waiting.size() + bytes.length > MAX_WAITING) {
                LOG.debug("A client of a stream is too slow and gets disconnected");
                closed = true;
                waiting.reset();
            } else {
                waiting.writeBytes(bytes);
            }
            flush();
        }
        return !endsIfClosed();
    }

    /** Runs the tasks of {@link #onEnd} if the stream has closed. Called without the lock. */
    private boolean endsIfClosed() {
        boolean over;
        synchronized (this) {
            over = closed;
        }
        if (over) {
            end();
        }
        return over;
    }

    /** Ends the response when the client has received what waits. Does nothing if it has ended. */
    public void end() {
        List<Runnable> notified;
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
            if (heartbeats != null) {
                heartbeats.cancel(false);
            }
            notified = List.copyOf(listeners);
            listeners.clear();
            flush();
        }
        notified.forEach(Runnable::run);
    }

    /**
     * Runs the task once when the stream ends, for whatever reason; at once if it has ended. The task must not block.
     */
    public void onEnd(Runnable task) {
        synchronized (this) {
            if (!ended) {
                listeners.add(task);
                return;
            }
        }
        task.run();
    }

    /**
     * Begins to send.
     *
     * @param context of the request, whose response has its status and headers; this stream completes it
     * @throws IOException if the client is gone
     */
    synchronized void open(AsyncContext context, ScheduledExecutorService clock, long heartbeatMillis)
            throws IOException {
        this.context = context;
        ServletOutputStream stream = context.getResponse().getOutputStream();
        stream.setWriteListener(new Client());
        if (!ended) {
            heartbeats = clock.scheduleWithFixedDelay(
                    this::heartbeat, heartbeatMillis, heartbeatMillis, TimeUnit.MILLISECONDS);
        }
        out = stream;
    }

    /**
     * A comment is sent at once or not at all, so that it never waits before an event and disconnects nobody. While
     * something waits, the server itself detects whether the client reads.
     */
    private void heartbeat() {
        synchronized (this) {
            if (out == null || waiting.size() > 0 || !out.isReady()) {
                return;
            }
            waiting.writeBytes(HEARTBEAT);
            flush();
        }
        endsIfClosed();
    }

    /** Writes what waits, as much as the server takes. Called with the lock held; the server calls back without it. */
    private void flush() {
        if (out == null) {
            return;
        }
        try {
            while (out.isReady()) {
                if (closed) {
                    complete();
                    return;
                }
                if (waiting.size() > 0) {
                    byte[] bytes = waiting.toByteArray();
                    waiting.reset();
                    written = true;
                    out.write(bytes);
                } else if (written) {
                    written = false;
                    out.flush();
                } else if (ended) {
                    closed = true;
                } else {
                    return;
                }
            }
        } catch (IOException | IllegalStateException e) {
            gone(e);
        }
    }

    private void gone(Throwable failure) {
        if (out == null) {
            return;
        }
        LOG.debug("The client of a stream went away", failure);
        closed = true;
        waiting.reset();
        complete();
    }

    private void complete() {
        out = null;
        try {
            context.complete();
        } catch (IllegalStateException e) {
            LOG.debug("Already over", e);
        }
    }

    private final class Client implements WriteListener {
        @Override
        public void onWritePossible() {
            Runnable more;
            synchronized (EventStream.this) {
                flush();
                more = whenReady;
            }
            if (!endsIfClosed() && isReady()) {
                more.run();
            }
        }

        @Override
        public void onError(Throwable failure) {
            synchronized (EventStream.this) {
                gone(failure);
            }
            end();
        }
    }
}
