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
 * An answer that goes on: server-sent events, {@code text/event-stream} (HTML Living Standard, 9.2). A route has one as
 * its body when it ends; from then on the client gets what is sent here, and what was sent before.
 *
 * <p>Sending never blocks. What the client has not taken yet waits here, {@value #MAX_WAITING} bytes or one event at the
 * most; a client that has more to take is cut off, and may come again with {@code Last-Event-ID}. Whoever has much to send
 * asks {@link #isReady} before each event. A client that says nothing any more is
 * found by the comments that are sent to it every while ({@code caravan.http.stream-beat}).
 *
 * <p>Ends once: by {@link #end}, when the client is gone or cut off, or when the node stops. Thread-safe.
 */
public final class EventStream {
    /** Bytes that may wait for the client. */
    static final int MAX_WAITING = 256 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);
    private static final Pattern LINE = Pattern.compile("\r\n|\r|\n");
    private static final Pattern NOT_IN_A_FIELD = Pattern.compile("[\r\n\0]");
    /** Comes first, so that the client knows at once that it is connected; and how long it waits before it comes again. */
    private static final byte[] GREETING = RestResponse.utf8("retry: 2000\n\n");

    private static final byte[] BEAT = RestResponse.utf8(":\n\n");

    private final ByteArrayOutputStream waiting = new ByteArrayOutputStream(256);
    private final List<Runnable> listeners = new ArrayList<>(1);
    private Runnable whenReady = () -> {};
    private AsyncContext context;
    private ServletOutputStream out;
    private ScheduledFuture<?> beats;
    /** Whether something was written that still has to be flushed. */
    private boolean written;
    /** Nothing more is taken; what waits is still sent. */
    private boolean ended;
    /** Nothing more is sent either. */
    private boolean closed;

    public EventStream() {
        waiting.writeBytes(GREETING);
    }

    /**
     * Sends an event.
     *
     * @param id what the client says as {@code Last-Event-ID} when it comes again; null for none
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

    /** Whether the client has taken all that was sent: then the next event, however large, does not cut it off. */
    public synchronized boolean isReady() {
        return !ended && waiting.size() == 0;
    }

    /**
     * Runs the task each time when the client has taken what waited for it, for the first time when it is connected. It must
     * not block.
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
                LOG.debug("A client of events does not keep up; it is cut off");
                closed = true;
                waiting.reset();
            } else {
                waiting.writeBytes(bytes);
            }
            flush();
        }
        return !endsIfClosed();
    }

    /** Tells those who wait for the end if it has come. Called without the lock. */
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

    /** Ends the answer when the client has taken what waits. Does nothing if it is over. */
    public void end() {
        List<Runnable> told;
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
            if (beats != null) {
                beats.cancel(false);
            }
            told = List.copyOf(listeners);
            listeners.clear();
            flush();
        }
        told.forEach(Runnable::run);
    }

    /** Runs the task once when the stream is over, for whatever reason; at once if it is. It must not block. */
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
     * @param context of the request, whose answer has its status and headers, and nobody else's to complete
     * @throws IOException if the client is gone
     */
    synchronized void open(AsyncContext context, ScheduledExecutorService clock, long beatMillis) throws IOException {
        this.context = context;
        ServletOutputStream stream = context.getResponse().getOutputStream();
        stream.setWriteListener(new Client());
        if (!ended) {
            beats = clock.scheduleWithFixedDelay(this::beat, beatMillis, beatMillis, TimeUnit.MILLISECONDS);
        }
        out = stream;
    }

    /**
     * Nobody is cut off for a comment: it goes at once or not at all, so that it never waits before an event. While something
     * waits, the server finds out itself whether the client takes it.
     */
    private void beat() {
        synchronized (this) {
            if (out == null || waiting.size() > 0 || !out.isReady()) {
                return;
            }
            waiting.writeBytes(BEAT);
            flush();
        }
        endsIfClosed();
    }

    /** Gives the server what waits, as far as it takes that. Called with the lock held; the server calls back without one. */
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
