package dev.caravan.component.websocket;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.security.Principal;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection: hands its events to the route one after the other, and queues messages for its peer.
 *
 * <p>While the route processes one message the connection reads a few ahead, and then no more: TCP slows down a client
 * that sends faster than the route processes. Thread-safe.
 */
public final class Connection implements Runnable, Transport.Events {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    private final WebSocketPaths paths;
    private final WebSocketPath path;
    private final WebSocketEndpoint options;
    private final String key;
    private final String network;
    private final String remote;
    private final String subprotocol;
    private final Principal principal;

    /** Messages, and bytes, read ahead while one is processed. The next is read when there is room again. */
    private static final int READ_AHEAD = 8;

    private static final int READ_AHEAD_BYTES = 64 * 1024;

    /** Events not processed yet, guarded by itself: messages read ahead, and the end of the connection. */
    private final Queue<Event> waiting = new ArrayDeque<>(4);

    /** Bytes of the messages that wait or are being processed. Guarded by {@link #waiting}. */
    private long waitingBytes;

    /** Whether the next message is being read. Guarded by {@link #waiting}. */
    private boolean readsAhead = true;

    /** Whether an event is being processed or is about to be. Guarded by {@link #waiting}. */
    private boolean busy;

    // Fields rather than objects of their own: with many connections, the memory access is what a delivery
    // costs.
    private static final AtomicIntegerFieldUpdater<Connection> QUEUED_FRAMES =
            AtomicIntegerFieldUpdater.newUpdater(Connection.class, "queuedFrames");
    private static final AtomicLongFieldUpdater<Connection> QUEUED_BYTES =
            AtomicLongFieldUpdater.newUpdater(Connection.class, "queuedBytes");
    private volatile int queuedFrames;
    private volatile long queuedBytes;

    private volatile State state = State.NEW;
    private volatile boolean identified;
    private volatile String cutBecause;
    private volatile long closingSince;
    private volatile Transport transport;

    private enum State {
        NEW,
        OPEN,
        CLOSED
    }

    private record Event(String name, Object body, int closeCode, String closeReason, Throwable failure) {
        static Event of(String name, Object body) {
            return new Event(name, body, 0, null, null);
        }

        private int size() {
            return body instanceof String text ? text.length() : body instanceof byte[] bytes ? bytes.length : 0;
        }
    }

    Connection(
            WebSocketPath path, WebSocketEndpoint options, String key, HttpServletRequest request, String subprotocol) {
        this.paths = options.component().paths();
        this.path = path;
        this.options = options;
        this.key = key;
        this.network = Admission.network(request.getRemoteAddr());
        this.remote = request.getRemoteAddr() + ":" + request.getRemotePort();
        this.subprotocol = subprotocol;
        this.principal = request.getUserPrincipal();
    }

    String key() {
        return key;
    }

    public WebSocketEndpoint options() {
        return options;
    }

    /** The address or network under which this connection is counted. */
    public String network() {
        return network;
    }

    public Principal principal() {
        return principal;
    }

    @Override
    public Connection connection() {
        return this;
    }

    /** Does nothing if the transport has already reported that the peer is gone. */
    @Override
    public void opened(Transport opened) {
        synchronized (this) {
            if (state != State.NEW) {
                return;
            }
            state = State.OPEN;
            transport = opened;
            // Together with the state: a close that follows finds the connection counted.
            paths.opened(network);
            path.add(this);
            put(Event.of("open", null));
        }
        opened.demand();
    }

    @Override
    public void received(Object message) {
        paths.meters().received();
        if (put(Event.of("message", message))) {
            transport.demand();
        }
    }

    private boolean mayReadAhead() {
        return waiting.size() < READ_AHEAD && waitingBytes < (isAnonymous() ? 1 : READ_AHEAD_BYTES);
    }

    /** Reports an error of the transport, which is about to close the connection. */
    public void failed(Throwable cause) {
        // A lost peer is no error: the close event that follows reports it.
        if (state == State.OPEN && !(cause instanceof IOException)) {
            put(new Event("error", null, 0, null, cause));
        }
    }

    /** The transport is closed, with a code of RFC 6455. Has no effect the second time. */
    public void closed(int code, String reason) {
        synchronized (this) {
            State before = state;
            state = State.CLOSED;
            if (before != State.OPEN) {
                return;
            }
        }
        paths.closed(network);
        paths.meters().closed(code);
        put(new Event("close", null, code, cutBecause == null ? reason : cutBecause, null));
    }

    boolean isOpen() {
        return state == State.OPEN;
    }

    /** The peer has not answered a PING in time. */
    public void silent() {
        cut("silent");
    }

    /** The transport is about to close the connection: the peer sends too many frames without a message. */
    public void flooded() {
        paths.meters().cut("flood");
        LOG.info("WebSocket connection from {} to {} closed: flood", remote, options.getPath());
    }

    /** Has an event processed after those before it; true if another message may be read meanwhile. */
    private boolean put(Event event) {
        WebSocketConsumer consumer;
        boolean more;
        synchronized (waiting) {
            waiting.add(event);
            waitingBytes += event.size();
            consumer = begin();
            more = mayReadAhead();
            readsAhead = more;
        }
        runNext(consumer);
        return more;
    }

    /** Processes what waits, unless a thread already does, or there is no consumer. */
    void runNext() {
        WebSocketConsumer consumer;
        synchronized (waiting) {
            consumer = begin();
        }
        runNext(consumer);
    }

    private void runNext(WebSocketConsumer consumer) {
        if (consumer != null) {
            consumer.component().execute(this);
        }
    }

    /**
     * Marks this connection busy. The caller has to run it with the consumer returned; null if there is nothing to run.
     */
    private WebSocketConsumer begin() {
        WebSocketConsumer consumer = path.consumer();
        if (busy || waiting.isEmpty() || consumer == null) {
            return null;
        }
        busy = true;
        return consumer;
    }

    /** Processes event after event, until the route continues on another thread or none is left. */
    @Override
    public void run() {
        while (true) {
            WebSocketConsumer consumer = path.consumer();
            Event event;
            synchronized (waiting) {
                event = consumer == null ? null : waiting.poll();
                busy = event != null;
            }
            if (event == null) {
                // A consumer that came in between has seen this connection busy.
                if (consumer == null) {
                    runNext();
                }
                return;
            }
            // The second of the two continues: the route's callback, or this thread if the route finished at once.
            AtomicBoolean first = new AtomicBoolean();
            try {
                consumer.process(exchange(consumer, event), doneSync -> {
                    processed(event);
                    if (!first.compareAndSet(false, true)) {
                        consumer.component().execute(this);
                    }
                });
            } catch (RuntimeException e) {
                LOG.error("Failed to process a WebSocket event", e);
                cut("failed");
                processed(event);
                first.set(true);
            }
            if (first.compareAndSet(false, true)) {
                return;
            }
        }
    }

    private void processed(Event event) {
        if (event.name.equals("close")) {
            path.remove(this);
        }
        boolean more;
        synchronized (waiting) {
            waitingBytes -= event.size();
            more = !readsAhead && mayReadAhead();
            readsAhead |= more;
        }
        if (more) {
            transport.demand();
        }
    }

    private Exchange exchange(WebSocketConsumer consumer, Event event) {
        Exchange exchange = consumer.createExchange(true);
        Message message = exchange.getMessage();
        message.setBody(event.body);
        message.setHeader(WebSocketHeaders.CONNECTION_KEY, key);
        message.setHeader(WebSocketHeaders.EVENT, event.name);
        message.setHeader(WebSocketHeaders.REMOTE_ADDRESS, remote);
        message.setHeader(WebSocketHeaders.RELATIVE_PATH, "");
        if (subprotocol != null) {
            message.setHeader(WebSocketHeaders.SUBPROTOCOL, subprotocol);
        }
        if (event.name.equals("open")) {
            message.setHeader(WebSocketHeaders.CONNECTION, this);
            message.setHeader(WebSocketHeaders.PRINCIPAL, principal);
        }
        if (event.name.equals("close")) {
            message.setHeader(WebSocketHeaders.CLOSE_CODE, event.closeCode);
            message.setHeader(WebSocketHeaders.CLOSE_REASON, event.closeReason);
        }
        if (event.failure != null) {
            exchange.setProperty(Exchange.EXCEPTION_CAUGHT, event.failure);
        }
        exchange.setProperty(WebSocketProperties.CONNECTION_KEY, key);
        return exchange;
    }

    /**
     * Queues messages and returns at once. Disconnects a peer that exceeds its limits instead; an empty queue takes a
     * message of any size.
     */
    void send(Frames frames) {
        if (state != State.OPEN || cutBecause != null) {
            return;
        }
        int framesBefore = QUEUED_FRAMES.getAndAdd(this, frames.count());
        long bytesBefore = QUEUED_BYTES.getAndAdd(this, frames.bytes());
        if (framesBefore > 0) {
            if (framesBefore + frames.count() > options.getMaxQueuedFrames()) {
                cut("queued-frames");
                return;
            }
            if (bytesBefore + frames.bytes() > options.getMaxQueuedBytes()) {
                cut("queued-bytes");
                return;
            }
        }
        transport.send(frames);
    }

    @Override
    public void sent(Frames frames) {
        QUEUED_FRAMES.addAndGet(this, -frames.count());
        QUEUED_BYTES.addAndGet(this, -frames.bytes());
        paths.meters().sent(frames.count());
    }

    /** Whether all messages are sent. */
    public boolean isIdle() {
        return queuedFrames == 0;
    }

    /** Whether the limits for anonymous clients apply. */
    public boolean isAnonymous() {
        return !identified && options.getMaxAnonymousMessageSize() > 0;
    }

    /** A limit of this connection, or the one for anonymous clients if that applies and is smaller. */
    public long limit(long most) {
        return isAnonymous() ? Math.min(most, options.getMaxAnonymousMessageSize()) : most;
    }

    /** The largest text message that this connection may send now, in bytes. */
    public long maxTextMessageSize() {
        return limit(options.getMaxTextMessageSize());
    }

    /** Lifts the limits for anonymous clients. */
    void identified() {
        identified = true;
        transport.identified();
    }

    /** Closes the connection after it has sent what is queued. */
    void close(int code, String reason) {
        if (closingSince == 0) {
            closingSince = System.nanoTime() | 1;
        }
        transport.close(code, reason);
    }

    void goAway(String reason) {
        close(Transport.GOING_AWAY, reason);
    }

    /** Disconnects a peer that has not read, or has not answered a Close, within the send timeout. */
    void tick(long now) {
        transport.tick(now);
        long limit = TimeUnit.MILLISECONDS.toNanos(options.getSendTimeout());
        long waiting = transport.waitingSince();
        if (waiting != 0 && now - waiting > limit) {
            cut("send-timeout");
        } else if (closingSince != 0 && now - closingSince > limit) {
            transport.abort();
        }
    }

    /** Ends the connection without a Close frame, which the peer would not read. */
    private void cut(String reason) {
        synchronized (this) {
            if (cutBecause != null || state == State.CLOSED) {
                return;
            }
            cutBecause = reason;
        }
        paths.meters().cut(reason);
        LOG.info("WebSocket connection from {} to {} cut: {}", remote, options.getPath(), reason);
        transport.abort();
    }
}
