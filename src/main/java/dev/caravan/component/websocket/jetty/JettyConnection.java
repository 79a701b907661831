package dev.caravan.component.websocket.jetty;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.OpCode;
import org.eclipse.jetty.websocket.core.WebSocketConnection;
import org.eclipse.jetty.websocket.core.WebSocketCoreSession;
import org.eclipse.jetty.websocket.core.internal.Generator;

/** Jetty's connection with our own writer. */
final class JettyConnection extends WebSocketConnection {
    private static final int LINGER_MILLIS = 2_000;
    private static final int DROPPED_BYTES = 16 * 1024;
    /** Reads in a row, before other connections get their turn. */
    private static final int DROPS = 16;

    /** Frames read in a row, before other connections get their turn. */
    private static final int FRAMES = 64;

    private final Scheduler scheduler;
    private final JettyTransport transport;
    private final SocketFrameWriter writer;
    private final ReentrantLock reading = new ReentrantLock();

    /** Frames read in a row so far; 0 while nobody reads. */
    private volatile int frames;

    /** Whether reading stopped although more may be there. Guarded by this. */
    private boolean moreToRead;

    JettyConnection(
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
     * connection as if it was still reading, and nobody reads from it ever again (fillAndParse returns although it has
     * just decided to go on).
     */
    @Override
    public void onFillable() {
        readBounded(super::onFillable);
    }

    /** Jetty reads here, too, what has come with the handshake or since. */
    @Override
    public void onOpen() {
        readBounded(super::onOpen);
    }

    /** Reads a bounded number of frames, so that an endless sender does not hold the thread. */
    private void readBounded(Runnable read) {
        boolean more;
        reading.lock();
        try {
            read.run();
        } finally {
            synchronized (this) {
                frames = 0;
                more = moreToRead;
                moreToRead = false;
            }
            reading.unlock();
        }
        if (more) {
            super.demand(); // runs when a thread is free
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
                moreToRead = true;
                return;
            }
        }
        super.demand();
    }

    static ByteBuffer encode(Frame frame) {
        ByteBuffer wire = ByteBuffer.allocate(Generator.MAX_HEADER_LENGTH + frame.getPayloadLength());
        wire.limit(0);
        new Generator().generateWholeFrame(frame, wire);
        return wire;
    }

    /** Reading hands messages over and never processes them, so the selector's thread may read. */
    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }

    @Override
    public void run() {
        readBounded(super::run);
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
     * When Jetty rejects a frame that is too large or invalid, it closes the socket as soon as its Close is written. If
     * the peer is still sending, the system resets the connection, and the peer loses the Close. So this reads and
     * drops what the peer sends, until the peer closes or the time is over.
     */
    private final class Lingering extends Callback.Nested {
        private final AtomicBoolean over = new AtomicBoolean();
        private final ByteBuffer dropped = BufferUtil.allocate(DROPPED_BYTES);

        Lingering(Callback end) {
            super(end);
        }

        /** Called when the Close is written. */
        @Override
        public void succeeded() {
            scheduler.schedule(this::end, LINGER_MILLIS, TimeUnit.MILLISECONDS);
            getEndPoint().shutdownOutput(); // so that the peer sees the end
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
                super.succeeded();
            }
        }
    }
}
