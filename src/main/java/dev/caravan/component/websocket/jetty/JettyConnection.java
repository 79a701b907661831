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

/** Jetty's connection, with a writer of its own. */
final class JettyConnection extends WebSocketConnection {
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
    SelectorPause pause;

    /** Frames of the turn in which this is read; 0 if it is not. */
    private volatile int frames;

    /** Whether the turn is over though more may be read. Guarded by this. */
    private boolean owed;

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

    /** What goes over the wire for a frame. */
    static ByteBuffer encode(Frame frame) {
        ByteBuffer wire = ByteBuffer.allocate(Generator.MAX_HEADER_LENGTH + frame.getPayloadLength());
        wire.limit(0);
        new Generator().generateWholeFrame(frame, wire);
        return wire;
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
