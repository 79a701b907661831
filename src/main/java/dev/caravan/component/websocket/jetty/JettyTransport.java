package dev.caravan.component.websocket.jetty;

import dev.caravan.component.websocket.Connection;
import dev.caravan.component.websocket.Frames;
import dev.caravan.component.websocket.Transport;
import dev.caravan.component.websocket.WebSocketEndpoint;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.CloseStatus;
import org.eclipse.jetty.websocket.core.Configuration;
import org.eclipse.jetty.websocket.core.CoreSession;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.FrameHandler;
import org.eclipse.jetty.websocket.core.OpCode;
import org.eclipse.jetty.websocket.core.WebSocketCoreSession;
import org.eclipse.jetty.websocket.core.exception.BadPayloadException;
import org.eclipse.jetty.websocket.core.exception.CloseException;
import org.eclipse.jetty.websocket.core.exception.MessageTooLargeException;

/**
 * A WebSocket connection on Jetty's core API, which delivers frames. Jetty's API for applications would take some
 * thousand bytes more for each connection, and encode each message once for each receiver.
 */
final class JettyTransport implements Transport, FrameHandler {
    /** How many PINGs, PONGs and tiny fragments a peer may send between two ticks. */
    private static final int MAX_IDLE_FRAMES = 50;

    /** A fragment with fewer bytes counts as tiny. */
    private static final int TINY = 64;

    private final Events events;
    private final Connection connection;
    private final WebSocketEndpoint options;
    private SocketFrameWriter writer;
    private WebSocketCoreSession session;

    /** Whether an extension, such as compression, encodes messages for this peer alone. */
    private boolean extended;

    /** The message that has arrived in part; null if there is none. */
    private ByteArrayOutputStream partial;

    private boolean partialIsText;

    /** Whether a frame arrived since the last tick, and whether this side is reading. */
    private volatile boolean active = true;

    private volatile boolean reads;

    /** Frames without a message since the last tick. A tick in between does no harm. */
    private volatile int idleFrames;

    /** The status with which this side has closed; null if it has not. Later messages are ignored. */
    private volatile CloseStatus closeStatus;

    /** Whether the peer has sent its Close, first or in response. */
    private volatile boolean peerClosed;

    // Used by ticks only: since when nothing arrived, and whether a PING is under way.
    private long idleSince;
    private boolean pinged;

    JettyTransport(Events events, WebSocketEndpoint options) {
        this.events = events;
        this.connection = events.connection();
        this.options = options;
    }

    SocketFrameWriter writer(EndPoint socket, WebSocketCoreSession core) {
        session = core;
        extended = !core.getNegotiatedExtensions().isEmpty();
        writer =
                new SocketFrameWriter(socket, events::sent, cause -> core.processConnectionError(cause, Callback.NOOP));
        return writer;
    }

    /** Whether Jetty itself, and neither side, closes the connection now. */
    boolean isClosedByJetty() {
        return closeStatus == null && !peerClosed;
    }

    void customize(Configuration core) {
        // Rejects a larger frame instead of splitting it.
        core.setAutoFragment(false);
        core.setMaxFrameSize(events.overhead() * connection.limit(options.getMaxFrameSize()));
        core.setIdleTimeout(Duration.ofMillis(options.getMaxIdleTime()));
    }

    @Override
    public void onOpen(CoreSession core, Callback callback) {
        callback.succeeded();
        events.opened(this);
    }

    @Override
    public void onFrame(Frame frame, Callback callback) {
        active = true;
        if (isIdle(frame) && ++idleFrames > MAX_IDLE_FRAMES) {
            connection.flooded();
            callback.failed(new CloseException(CloseStatus.POLICY_VIOLATION, "Too many frames without a message"));
            return;
        }
        switch (frame.getOpCode()) {
            case OpCode.PING, OpCode.PONG -> {
                if (frame.getOpCode() == OpCode.PING) {
                    ByteBuffer payload = ByteBuffer.allocate(frame.getPayloadLength());
                    payload.put(frame.getPayload()).flip();
                    // Bypasses the session, which would queue every PONG.
                    writer.write(new Frame(OpCode.PONG, payload), Callback.NOOP);
                }
                callback.succeeded();
                session.demand();
            }
            case OpCode.CLOSE -> {
                peerClosed = true;
                callback.succeeded();
            }
            default -> {
                if (closeStatus != null) { // dropped, but read: unread bytes would reset the connection
                    callback.succeeded();
                    session.demand();
                    return;
                }
                try {
                    onData(frame, callback);
                } catch (RuntimeException e) {
                    callback.failed(e);
                }
            }
        }
    }

    private static boolean isIdle(Frame frame) {
        return switch (frame.getOpCode()) {
            case OpCode.PING, OpCode.PONG -> true;
            case OpCode.CLOSE -> false;
            default -> !frame.isFin() && frame.getPayloadLength() < TINY;
        };
    }

    private void onData(Frame frame, Callback callback) {
        boolean first = frame.getOpCode() != OpCode.CONTINUATION;
        boolean text = first ? frame.getOpCode() == OpCode.TEXT : partialIsText;
        long max = events.overhead()
                * connection.limit(text ? options.getMaxTextMessageSize() : options.getMaxBinaryMessageSize());
        if (frame.getPayloadLength() + (first ? 0 : partial.size()) > max) {
            throw new MessageTooLargeException("A message may have " + max + " bytes");
        }
        byte[] bytes = new byte[frame.getPayloadLength()];
        frame.getPayload().get(bytes);
        if (!first || !frame.isFin()) {
            if (first) {
                partial = new ByteArrayOutputStream();
                partialIsText = text;
            }
            partial.writeBytes(bytes);
            if (!frame.isFin()) {
                callback.succeeded();
                session.demand();
                return;
            }
            bytes = partial.toByteArray();
            partial = null;
        }
        Object message = text ? text(bytes) : bytes;
        callback.succeeded();
        reads = false;
        events.received(message);
        if (closeStatus != null) {
            demand();
        }
    }

    @Override
    public void identified() {
        session.setMaxFrameSize(events.overhead() * options.getMaxFrameSize());
    }

    private static String text(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        // The fast decoder replaces malformed bytes; the strict one checks only texts in which it may have done so.
        if (text.indexOf('\uFFFD') >= 0) {
            try {
                StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            } catch (CharacterCodingException e) {
                throw new BadPayloadException.InvalidUtf8();
            }
        }
        return text;
    }

    @Override
    public void onError(Throwable cause, Callback callback) {
        connection.failed(cause);
        callback.succeeded();
    }

    @Override
    public void onClosed(CloseStatus status, Callback callback) {
        partial = null;
        CloseStatus first = closeStatus == null ? status : closeStatus;
        connection.closed(first.getCode(), first.getReason());
        callback.succeeded();
    }

    @Override
    public void send(Frames frames) {
        if (!extended) {
            writer.write(frames);
            return;
        }
        // Compression differs for each peer.
        Callback written = Callback.from(() -> events.sent(frames));
        int last = frames.messages().size() - 1;
        for (int i = 0; i <= last; i++) {
            Frames.Message message = frames.messages().get(i);
            session.getExtensionStack()
                    .sendFrame(
                            new Frame(message.opCode(), message.payload().slice()),
                            i == last ? written : Callback.NOOP,
                            false);
        }
    }

    /**
     * Bypasses the session, which treats most codes as errors and would close the socket before the peer has responded.
     * The peer's Close ends the connection, or a timeout.
     */
    @Override
    public void close(int code, String reason) {
        synchronized (this) {
            if (closeStatus != null) {
                return;
            }
            closeStatus = new CloseStatus(code, reason);
        }
        Frame frame = closeStatus.toFrame();
        if (extended) {
            session.getExtensionStack().sendFrame(frame, Callback.NOOP, false);
        } else {
            writer.write(frame, Callback.NOOP);
        }
        demand();
    }

    @Override
    public void abort() {
        session.abort();
    }

    @Override
    public void demand() {
        synchronized (this) {
            if (reads) {
                return;
            }
            reads = true;
        }
        session.demand();
    }

    /** Sends no PING while a slow route keeps this side from reading the PONG. */
    @Override
    public void tick(long now) {
        idleFrames = 0;
        long interval = TimeUnit.MILLISECONDS.toNanos(options.getPingInterval());
        if (active || !reads) {
            active = false;
            pinged = false;
            idleSince = now;
        } else if (interval > 0 && !pinged && now - idleSince > interval) {
            pinged = true;
            session.sendFrame(new Frame(OpCode.PING), Callback.NOOP, false);
        } else if (pinged && now - idleSince > 2 * interval) {
            connection.silent();
        }
    }

    @Override
    public long waitingSince() {
        return writer.waitingSince();
    }
}
