package dev.caravan.component.websocket.jetty;

import dev.caravan.component.websocket.Frames;
import dev.caravan.component.websocket.Transport;
import dev.caravan.component.websocket.WebSocketComponent;
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
 * WebSocket by Jetty's core, which hands over frames. Its API for applications would take some thousand bytes more for
 * each connection, and encode a message again for each that gets it.
 */
final class JettyTransport implements Transport, FrameHandler {
    /** PINGs, PONGs and tiny pieces of messages that a peer may send between two ticks. */
    private static final int MAX_IDLE_FRAMES = 50;

    /** A piece of a message that has fewer bytes says next to nothing. */
    private static final int TINY = 64;

    private final Events events;
    private final WebSocketEndpoint options;
    private final int factor;
    private SocketFrameWriter writer;
    private WebSocketCoreSession session;

    /** Whether messages are changed for this peer alone. */
    private boolean extended;

    /** The message of which only a part is there; null if there is none. */
    private ByteArrayOutputStream partial;

    private boolean partialIsText;

    /** Whether anything came since the last tick, and whether it would be read. */
    private volatile boolean heard = true;

    private volatile boolean reads;

    /** Frames that said nothing since the last tick. That a tick may come between is of no matter. */
    private volatile int idleFrames;

    /** What this side has closed with; null if it has not. What comes from then on is of no interest. */
    private volatile CloseStatus goodbye;

    /** Whether the peer has closed, by itself or in answer. */
    private volatile boolean answered;

    // Touched by ticks alone: since when nothing came, and whether the peer has been asked if it is there.
    private long quietSince;
    private boolean asked;

    /** @param factor by how much what goes over the wire may be larger than the message in it */
    JettyTransport(Events events, WebSocketEndpoint options, int factor) {
        this.events = events;
        this.factor = factor;
        this.options = options;
    }

    SocketFrameWriter writer(EndPoint socket, WebSocketCoreSession core) {
        session = core;
        extended = !core.getNegotiatedExtensions().isEmpty();
        writer =
                new SocketFrameWriter(socket, events::sent, cause -> core.processConnectionError(cause, Callback.NOOP));
        return writer;
    }

    WebSocketComponent component() {
        return options.component();
    }

    /** Whether neither this side nor the peer wanted the Close that goes out now. */
    boolean isClosedByJetty() {
        return goodbye == null && !answered;
    }

    void customize(Configuration core) {
        // A larger frame is refused; otherwise it would come in pieces.
        core.setAutoFragment(false);
        core.setMaxFrameSize(factor * most(options.getMaxFrameSize()));
        core.setIdleTimeout(Duration.ofMillis(options.getMaxIdleTime()));
    }

    @Override
    public void onOpen(CoreSession core, Callback callback) {
        callback.succeeded();
        events.opened(this);
    }

    @Override
    public void onFrame(Frame frame, Callback callback) {
        heard = true;
        if (isIdle(frame) && ++idleFrames > MAX_IDLE_FRAMES) {
            events.flooded();
            callback.failed(new CloseException(CloseStatus.POLICY_VIOLATION, "Too many frames without a message"));
            return;
        }
        switch (frame.getOpCode()) {
            case OpCode.PING -> {
                ByteBuffer payload = ByteBuffer.allocate(frame.getPayloadLength());
                payload.put(frame.getPayload()).flip();
                // Not by the session, which would keep each that has to wait.
                writer.write(new Frame(OpCode.PONG, payload), Callback.NOOP);
                callback.succeeded();
                session.demand();
            }
            case OpCode.PONG -> {
                callback.succeeded();
                session.demand();
            }
            case OpCode.CLOSE -> {
                answered = true;
                callback.succeeded();
            }
            default -> {
                if (goodbye != null) { // read, so that the system does not take back what the peer has yet to read
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
        long max = factor * most(text ? options.getMaxTextMessageSize() : options.getMaxBinaryMessageSize());
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
        if (goodbye != null) {
            demand();
        }
    }

    private long most(long limit) {
        return events.isStranger() ? Math.min(limit, options.getMaxStrangerMessageSize()) : limit;
    }

    @Override
    public void known() {
        session.setMaxFrameSize(factor * options.getMaxFrameSize());
    }

    private static String text(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        // The quick decoder replaces what is malformed, so only if it may have done that has the strict one to look.
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
        events.failed(cause);
        callback.succeeded();
    }

    @Override
    public void onClosed(CloseStatus status, Callback callback) {
        partial = null;
        CloseStatus first = goodbye == null ? status : goodbye;
        events.closed(first.getCode(), first.getReason());
        callback.succeeded();
    }

    @Override
    public void send(Frames frames) {
        if (!extended) {
            writer.write(frames);
            return;
        }
        // Each peer has a compression of its own.
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
     * Not by the session: of most codes it thinks as of errors, and would close the socket before the peer has answered. As
     * it is the peer's Close that ends the connection, or whoever loses patience.
     */
    @Override
    public void close(int code, String reason) {
        synchronized (this) {
            if (goodbye != null) {
                return;
            }
            goodbye = new CloseStatus(code, reason);
        }
        Frame frame = goodbye.toFrame();
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

    /** One who could not be heard anyway, because a route is slow, is not asked. */
    @Override
    public void tick(long now) {
        idleFrames = 0;
        long interval = TimeUnit.MILLISECONDS.toNanos(options.getPingInterval());
        if (heard || !reads) {
            heard = false;
            asked = false;
            quietSince = now;
        } else if (interval > 0 && !asked && now - quietSince > interval) {
            asked = true;
            session.sendFrame(new Frame(OpCode.PING), Callback.NOOP, false);
        } else if (asked && now - quietSince > 2 * interval) {
            events.silent();
        }
    }

    @Override
    public long waitingSince() {
        return writer.waitingSince();
    }
}
