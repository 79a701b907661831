package dev.caravan.component.websocket;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.http.BadMessageException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Blocker;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;
import org.eclipse.jetty.websocket.core.Configuration;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.FrameHandler;
import org.eclipse.jetty.websocket.core.OpCode;
import org.eclipse.jetty.websocket.core.WebSocketComponents;
import org.eclipse.jetty.websocket.core.WebSocketConnection;
import org.eclipse.jetty.websocket.core.WebSocketCoreSession;
import org.eclipse.jetty.websocket.core.server.ServerUpgradeRequest;
import org.eclipse.jetty.websocket.core.server.ServerUpgradeResponse;
import org.eclipse.jetty.websocket.core.server.WebSocketNegotiator;
import org.eclipse.jetty.websocket.core.server.WebSocketServerComponents;
import org.eclipse.jetty.websocket.core.server.internal.AbstractHandshaker;
import org.eclipse.jetty.websocket.core.server.internal.RFC6455Negotiation;
import org.eclipse.jetty.websocket.core.server.internal.WebSocketNegotiation;
import org.eclipse.jetty.websocket.core.util.WebSocketUtils;

/** Makes a request a WebSocket connection: Jetty's way, but for who writes the frames. */
final class Handshake extends AbstractHandshaker {
    /** 16 bytes in Base64. */
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9+/]{22}==");

    private final Map<ManagedSelector, SelectorPause> pauses = new ConcurrentHashMap<>();

    /** @return whether it was a handshake; if it was, the response is sent */
    boolean upgrade(HttpServletRequest request, JettyTransport transport, WebSocketEndpoint options, String subprotocol)
            throws IOException {
        ServletContextRequest jettys = ServletContextRequest.getServletContextRequest(request);
        WebSocketNegotiator negotiator = new Negotiation(transport, options, subprotocol);
        // Not to be closed: that warns of one that was not called, and none is called if this is no handshake.
        Blocker.Callback sent = Blocker.callback();
        try {
            if (!upgradeRequest(
                    negotiator,
                    jettys,
                    jettys.getServletContextResponse(),
                    sent,
                    WebSocketServerComponents.getWebSocketComponents(
                            jettys.getConnectionMetaData().getConnector().getServer()),
                    null)) {
                return false;
            }
        } catch (IllegalArgumentException | BadMessageException e) {
            return false; // a query or a header that cannot be parsed
        }
        sent.block();
        return true;
    }

    @Override
    public boolean isWebSocketUpgradeRequest(Request request) {
        return HttpMethod.GET.is(request.getMethod())
                && request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1
                && super.isWebSocketUpgradeRequest(request);
    }

    @Override
    protected WebSocketNegotiation newNegotiation(
            Request request, Response response, Callback callback, WebSocketComponents components) {
        return new RFC6455Negotiation(request, response, callback, components);
    }

    @Override
    protected boolean validateNegotiation(WebSocketNegotiation negotiation) {
        String key = ((RFC6455Negotiation) negotiation).getKey();
        return super.validateNegotiation(negotiation)
                && key != null
                && KEY.matcher(key).matches();
    }

    @Override
    protected void prepareResponse(Response response, WebSocketNegotiation negotiation) {
        response.setStatus(HttpStatus.SWITCHING_PROTOCOLS_101);
        response.getHeaders().put(HttpHeader.UPGRADE, "websocket");
        response.getHeaders().put(HttpHeader.CONNECTION, HttpHeader.UPGRADE.asString());
        String key = ((RFC6455Negotiation) negotiation).getKey();
        response.getHeaders().put(HttpHeader.SEC_WEBSOCKET_ACCEPT, WebSocketUtils.hashKey(key));
    }

    @Override
    protected WebSocketConnection createWebSocketConnection(Request request, WebSocketCoreSession session) {
        Connector connector = request.getConnectionMetaData().getConnector();
        EndPoint socket = request.getConnectionMetaData().getConnection().getEndPoint();
        DirectConnection connection = newWebSocketConnection(
                socket, connector.getExecutor(), connector.getScheduler(), connector.getByteBufferPool(), session);
        connection.pause = pause(connector, socket);
        return connection;
    }

    @Override
    protected DirectConnection newWebSocketConnection(
            EndPoint socket,
            Executor executor,
            Scheduler scheduler,
            ByteBufferPool buffers,
            WebSocketCoreSession session) {
        DirectConnection connection = new DirectConnection(socket, executor, scheduler, buffers, session);
        session.setWebSocketConnection(connection);
        return connection;
    }

    /** Of the selector that finds what comes on a socket; null if that is not known. */
    private SelectorPause pause(Connector connector, EndPoint socket) {
        Object channel = socket;
        while (channel instanceof EndPoint wrapper) { // of TLS
            channel = wrapper.getTransport();
        }
        if (connector instanceof ServerConnector server && channel instanceof SelectableChannel of) {
            for (ManagedSelector selector : server.getSelectorManager().getBeans(ManagedSelector.class)) {
                if (of.keyFor(selector.getSelector()) != null) {
                    return pauses.computeIfAbsent(selector, SelectorPause::new);
                }
            }
        }
        return null;
    }

    private record Negotiation(JettyTransport transport, WebSocketEndpoint options, String subprotocol)
            implements WebSocketNegotiator {
        @Override
        public FrameHandler negotiate(ServerUpgradeRequest request, ServerUpgradeResponse response, Callback callback) {
            if (subprotocol != null) {
                response.setAcceptedSubProtocol(subprotocol);
            }
            if (!options.isDeflate()) {
                response.setExtensions(List.of());
            }
            return transport;
        }

        @Override
        public void customize(Configuration session) {
            transport.customize(session);
        }
    }

    /** Jetty's connection, with a writer of its own. */
    private static final class DirectConnection extends WebSocketConnection {
        private static final int LINGER_MILLIS = 2_000;
        private static final int DROPPED_BYTES = 16 * 1024;
        /** So many times in a row; then others are looked after. */
        private static final int DROPS = 16;

        /** So many in one turn. */
        private static final int FRAMES = 64;

        private final Scheduler scheduler;
        private final JettyTransport transport;
        private final SocketFrameWriter writer;
        private final ReentrantLock reading = new ReentrantLock();
        private SelectorPause pause;

        /** Frames of the turn in which this is read; 0 if it is not. */
        private volatile int frames;

        /** Whether the turn is over though more may be read. Guarded by this. */
        private boolean owed;

        private DirectConnection(
                EndPoint socket,
                Executor executor,
                Scheduler scheduler,
                ByteBufferPool buffers,
                WebSocketCoreSession session) {
            super(socket, executor, scheduler, buffers, session);
            this.scheduler = scheduler;
            transport = (JettyTransport) session.getHandler();
            writer = transport.writer(socket, session);
        }

        /**
         * One reader after the other. In Jetty 12.0.36 a reader that is about to leave while the next one comes leaves the
         * connection as if it was still reading, and nobody reads from it ever again (fillAndParse returns although it
         * has just decided to go on).
         */
        @Override
        public void onFillable() {
            if (pause == null) {
                turn(super::onFillable);
            } else {
                pause.after(() -> turn(super::onFillable), transport.component());
            }
        }

        /** Who sends without end is not read without end: after some frames it is the turn of others. */
        private void turn(Runnable read) {
            boolean more;
            reading.lock();
            try {
                read.run();
            } finally {
                synchronized (this) {
                    frames = 0;
                    more = owed;
                    owed = false;
                }
                reading.unlock();
            }
            if (more) {
                super.demand(); // by a thread that waits for work, if all others have theirs
            }
        }

        @Override
        protected void onFrame(Frame.Parsed frame) {
            frames++;
            super.onFrame(frame);
        }

        @Override
        public void demand() {
            synchronized (this) {
                if (frames >= FRAMES) {
                    owed = true;
                    return;
                }
            }
            super.demand();
        }

        /** Reading hands messages over and never works them, so the thread that finds bytes may read them. */
        @Override
        public InvocationType getInvocationType() {
            return InvocationType.NON_BLOCKING;
        }

        @Override
        public void run() {
            turn(super::run);
        }

        @Override
        public void enqueueFrame(Frame frame, Callback callback, boolean batch) {
            boolean last = frame.getOpCode() == OpCode.CLOSE && transport.isClosedByJetty();
            writer.write(frame, last ? new Lingering(callback) : callback);
        }

        @Override
        public void onClose(Throwable cause) {
            super.onClose(cause);
            writer.fail(cause == null ? new ClosedChannelException() : cause);
        }

        /**
         * Jetty closes the socket of a peer that it refuses, for a frame that is too large or wrong, as soon as its Close is
         * written. If the peer is still sending, the system then takes back what it has not read, the Close too. So what it
         * sends is read and dropped, until it has closed or the time is over.
         */
        private final class Lingering implements Callback {
            private final Callback end;
            private final AtomicBoolean over = new AtomicBoolean();
            private final ByteBuffer dropped = BufferUtil.allocate(DROPPED_BYTES);

            Lingering(Callback end) {
                this.end = end;
            }

            /** The Close is written. */
            @Override
            public void succeeded() {
                scheduler.schedule(this::end, LINGER_MILLIS, TimeUnit.MILLISECONDS);
                getEndPoint().shutdownOutput(); // so that the peer does not wait for that
                drop();
            }

            private void drop() {
                try {
                    for (int i = 0; i < DROPS; i++) {
                        BufferUtil.clear(dropped);
                        int read = getEndPoint().fill(dropped);
                        if (read < 0) {
                            end();
                            return;
                        }
                        if (read == 0) {
                            break;
                        }
                    }
                    if (!getEndPoint()
                            .tryFillInterested(Callback.from(InvocationType.NON_BLOCKING, this::drop, e -> end()))) {
                        end();
                    }
                } catch (IOException e) {
                    end();
                }
            }

            private void end() {
                if (over.compareAndSet(false, true)) {
                    end.succeeded();
                }
            }

            @Override
            public void failed(Throwable cause) {
                end.failed(cause);
            }
        }
    }
}
