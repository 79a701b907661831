package dev.caravan.websocket;

import java.nio.ByteBuffer;
import java.security.Principal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.StatusCode;
import org.eclipse.jetty.websocket.common.WebSocketSession;
import org.eclipse.jetty.websocket.core.WebSocketCoreSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection: its events one after the other, and what waits for its peer to read.
 *
 * <p>The next message is read when the exchange of the one before is done, so a client that sends faster than its
 * messages are worked is slowed down by TCP. Thread-safe.
 *
 * <p>Public for Jetty alone, which looks its methods up.
 */
public final class Connection implements Session.Listener, Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    private final WebSocketPaths paths;
    private final WebSocketPath path;
    private final WebSocketEndpoint options;
    private final String key;
    private final String address;
    private final String remote;
    private final String subprotocol;
    private final Principal principal;

    /** Events that wait, guarded by itself: three at the most, since messages come one at a time. */
    private final Queue<Event> waiting = new ArrayDeque<>(4);

    /** Whether an event is being worked or is about to be. Guarded by {@link #waiting}. */
    private boolean busy;

    private final AtomicInteger queuedFrames = new AtomicInteger();
    private final AtomicLong queuedBytes = new AtomicLong();
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile String cutBecause;
    private volatile Session session;
    private volatile WebSocketCoreSession core;

    private record Event(String name, Object body, int closeCode, String closeReason, Throwable failure) {
        static Event of(String name, Object body) {
            return new Event(name, body, 0, null, null);
        }
    }

    Connection(
            WebSocketPaths paths,
            WebSocketPath path,
            WebSocketEndpoint options,
            String key,
            String address,
            int port,
            String subprotocol,
            Principal principal) {
        this.paths = paths;
        this.path = path;
        this.options = options;
        this.key = key;
        this.address = address;
        this.remote = address + ":" + port;
        this.subprotocol = subprotocol;
        this.principal = principal;
    }

    String key() {
        return key;
    }

    @Override
    public void onWebSocketOpen(Session opened) {
        opened.setMaxTextMessageSize(options.getMaxTextMessageSize());
        opened.setMaxBinaryMessageSize(options.getMaxBinaryMessageSize());
        opened.setMaxFrameSize(options.getMaxFrameSize());
        opened.setIdleTimeout(Duration.ofMillis(options.getMaxIdleTime()));
        core = (WebSocketCoreSession) ((WebSocketSession) opened).getCoreSession();
        core.setWriteTimeout(Duration.ofMillis(options.getSendTimeout()));
        session = opened;
        paths.opened(address);
        path.add(this);
        put(Event.of("open", null));
    }

    @Override
    public void onWebSocketText(String message) {
        paths.meters().received();
        put(Event.of("message", message));
    }

    @Override
    public void onWebSocketBinary(ByteBuffer payload, org.eclipse.jetty.websocket.api.Callback callback) {
        byte[] bytes = new byte[payload.remaining()];
        payload.get(bytes);
        callback.succeed();
        paths.meters().received();
        put(Event.of("message", bytes));
    }

    @Override
    public void onWebSocketPong(ByteBuffer payload) {
        session.demand();
    }

    @Override
    public void onWebSocketError(Throwable cause) {
        if (session != null && !closed.get()) {
            put(new Event("error", null, 0, null, cause));
        }
    }

    @Override
    public void onWebSocketClose(int code, String reason) {
        if (session == null || !closed.compareAndSet(false, true)) {
            return;
        }
        paths.closed(address);
        put(new Event("close", null, code, cutBecause == null ? reason : cutBecause, null));
    }

    private void put(Event event) {
        synchronized (waiting) {
            waiting.add(event);
        }
        go();
    }

    /** Works what waits, unless that is being done, or there is nobody to work it. */
    void go() {
        WebSocketConsumer consumer = path.consumer();
        synchronized (waiting) {
            if (busy || waiting.isEmpty() || consumer == null) {
                return;
            }
            busy = true;
        }
        consumer.component().execute(this);
    }

    /** One turn: event after event, until one is worked by other threads or none is left. */
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
                    go();
                }
                return;
            }
            // Whoever is second goes on: the route when it is done, or this thread if the route was done at once.
            AtomicBoolean first = new AtomicBoolean();
            try {
                consumer.process(exchange(consumer, event), doneSync -> {
                    worked(event);
                    if (!first.compareAndSet(false, true)) {
                        consumer.component().execute(this);
                    }
                });
            } catch (RuntimeException e) {
                LOG.error("A WebSocket event was not handled", e);
                cut("failed");
                worked(event);
                first.set(true);
            }
            if (first.compareAndSet(false, true)) {
                return;
            }
        }
    }

    private void worked(Event event) {
        if (event.name.equals("close")) {
            path.remove(this);
        }
        if (session.isOpen() && (event.name.equals("open") || event.name.equals("message"))) {
            try {
                session.demand();
            } catch (RuntimeException e) {
                LOG.debug("Closed meanwhile: {}", key, e);
            }
        }
    }

    private Exchange exchange(WebSocketConsumer consumer, Event event) {
        Exchange exchange = consumer.createExchange(true);
        Message message = exchange.getMessage();
        message.setBody(event.body);
        message.setHeader("websocket.connectionKey", key);
        message.setHeader("websocket.event", event.name);
        message.setHeader("websocket.remoteAddress", remote);
        message.setHeader("websocket.relativePath", "");
        if (subprotocol != null) {
            message.setHeader("websocket.subprotocol", subprotocol);
        }
        if (event.name.equals("open") && principal != null) {
            message.setHeader("websocket.principal", principal);
        }
        if (event.name.equals("close")) {
            message.setHeader("websocket.closeCode", event.closeCode);
            message.setHeader("websocket.closeReason", event.closeReason);
        }
        if (event.failure != null) {
            exchange.setProperty(Exchange.EXCEPTION_CAUGHT, event.failure);
        }
        exchange.setProperty("websocket.connectionKey", key);
        return exchange;
    }

    /**
     * Queues messages and returns at once. A peer that is over its limits is cut instead; what is sent to one for whom
     * nothing waits may be of any size.
     */
    void send(Frames frames) {
        if (closed.get() || cutBecause != null) {
            return;
        }
        int framesBefore = queuedFrames.getAndAdd(frames.count());
        long bytesBefore = queuedBytes.getAndAdd(frames.bytes());
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
        if (core.getNegotiatedExtensions().isEmpty()) {
            // Past what Jetty has for extensions and fragments, where one frame waits for the write of the one before.
            core.getConnection().enqueueFrame(frames.frame(), new Sent(frames), false);
            return;
        }
        for (Frames.Message message : frames.messages()) {
            Frames one = frames.count() == 1 ? frames : Frames.of(message.payload(), message.binary());
            core.sendFrame(one.frame(), new Sent(one), false);
        }
    }

    /** Closes the connection after what is queued. */
    void close(int code, String reason) {
        session.close(code, reason, org.eclipse.jetty.websocket.api.Callback.NOOP);
    }

    void goAway(String reason) {
        close(StatusCode.SHUTDOWN, reason);
    }

    /** Ends the connection without a word: the peer does not read. */
    private void cut(String reason) {
        synchronized (closed) {
            if (cutBecause != null || closed.get()) {
                return;
            }
            cutBecause = reason;
        }
        paths.meters().cut(reason);
        LOG.info("WebSocket connection from {} to {} cut: {}", remote, options.path(), reason);
        session.disconnect();
    }

    private final class Sent implements Callback {
        private final Frames frames;

        private Sent(Frames frames) {
            this.frames = frames;
        }

        @Override
        public void succeeded() {
            queuedFrames.addAndGet(-frames.count());
            queuedBytes.addAndGet(-frames.bytes());
            paths.meters().sent(frames.count());
        }

        @Override
        public void failed(Throwable cause) {
            if (cause instanceof TimeoutException || cause.getCause() instanceof TimeoutException) {
                cut("send-timeout");
            }
        }

        @Override
        public InvocationType getInvocationType() {
            return InvocationType.NON_BLOCKING;
        }
    }
}
