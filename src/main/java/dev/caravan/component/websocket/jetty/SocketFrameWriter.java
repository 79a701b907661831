package dev.caravan.component.websocket.jetty;

import dev.caravan.component.websocket.Frames;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.OpCode;

/**
 * Writes to one socket, in order, frames that are already encoded, for which Jetty's own writer has no method, and
 * frames that Jetty makes. The calling thread writes as much as the socket takes; the rest follows when the socket has
 * room again. Thread-safe.
 */
final class SocketFrameWriter {
    /** The most frames that one write joins, if they had to wait. */
    private static final int GATHER = 16;

    private final EndPoint socket;
    /** The same, if nothing is between it and the network; null if there is TLS. */
    private final SocketChannelEndPoint plain;

    private final Consumer<Frames> written;
    private final Consumer<Throwable> broken;

    // All guarded by this, and first what waits: Frames and JettyFrames.
    private final Queue<Object> queue = new ArrayDeque<>(1);

    /** What is being written; null if nothing is. */
    private List<Object> current;

    /**
     * The PONG for the last PING, if it has to wait; earlier ones may be left out (RFC 6455, 5.5.3). Null if there is
     * none.
     */
    private JettyFrame pong;

    /** Whether the last frame is queued. */
    private boolean closing;

    private boolean failed;

    private volatile long waitingSince;

    private record JettyFrame(Frame frame, Callback callback) {}

    /**
     * @param written receives the frames that are written
     * @param broken receives the reason why nothing more can be written
     */
    SocketFrameWriter(EndPoint socket, Consumer<Frames> written, Consumer<Throwable> broken) {
        this.socket = socket;
        this.plain = socket instanceof SocketChannelEndPoint it ? it : null;
        this.written = written;
        this.broken = broken;
    }

    /** Drops frames after a Close. */
    void write(Frames frames) {
        synchronized (this) {
            if (closing || !starts(frames)) {
                return;
            }
        }
        write();
    }

    void write(Frame frame, Callback callback) {
        JettyFrame jettys = new JettyFrame(frame, callback);
        JettyFrame skipped = null;
        boolean writes = false;
        boolean late;
        synchronized (this) {
            late = closing;
            closing |= frame.getOpCode() == OpCode.CLOSE;
            if (!late && current != null && frame.getOpCode() == OpCode.PONG) {
                skipped = pong;
                pong = jettys;
            } else if (!late) {
                writes = starts(jettys);
            }
        }
        if (late) {
            callback.failed(new ClosedChannelException());
        }
        if (skipped != null) {
            skipped.callback.succeeded();
        }
        if (writes) {
            write();
        }
    }

    /** Whether the caller has to {@link #write} it now; if not, it is queued. */
    private boolean starts(Object one) {
        if (current != null) {
            queue.add(one);
            return false;
        }
        current = List.of(one);
        return true;
    }

    /** Since when the socket has not taken what waits; 0 if nothing waits. */
    long waitingSince() {
        return waitingSince;
    }

    /** Writes {@link #current} and what follows. Only the thread that has set it calls this. */
    private void write() {
        List<Object> now = current;
        while (now != null) {
            ByteBuffer[] buffers = new ByteBuffer[now.size()];
            for (int i = 0; i < buffers.length; i++) {
                buffers[i] = now.get(i) instanceof Frames frames
                        ? frames.wire()
                        : JettyConnection.encode(((JettyFrame) now.get(i)).frame());
            }
            try {
                if (!flush(buffers) && !isWrittenAtOnce(buffers)) {
                    return;
                }
            } catch (IOException e) {
                fail(e);
                return;
            }
            now = next(now);
        }
    }

    /** Writes as much as the socket takes; true if that is all. */
    private boolean flush(ByteBuffer[] buffers) throws IOException {
        if (plain == null || buffers.length > 1) {
            return socket.flush(buffers);
        }
        // As Jetty does, but a write of one buffer costs the system less than one of a list of one.
        if (plain.getChannel().write(buffers[0]) > 0) {
            plain.notIdle();
        }
        return !buffers[0].hasRemaining();
    }

    /**
     * Lets Jetty write the rest. If Jetty does not have to wait, the loop continues here and the stack does not grow.
     */
    private boolean isWrittenAtOnce(ByteBuffer[] buffers) {
        waitingSince = System.nanoTime() | 1;
        // The second of the two continues: the callback, or this thread if Jetty has written at once.
        AtomicBoolean first = new AtomicBoolean(true);
        socket.write(
                Callback.from(
                        InvocationType.NON_BLOCKING,
                        () -> {
                            waitingSince = 0;
                            if (!first.getAndSet(false)) {
                                writeNext();
                            }
                        },
                        this::fail),
                buffers);
        return !first.getAndSet(false);
    }

    private void writeNext() {
        List<Object> done;
        synchronized (this) {
            done = current;
        }
        if (done != null && next(done) != null) {
            write();
        }
    }

    /** Calls the callbacks of what is written, and returns what to write next. */
    private List<Object> next(List<Object> done) {
        for (Object one : done) {
            if (one instanceof Frames frames) {
                written.accept(frames);
            } else {
                ((JettyFrame) one).callback.succeeded();
            }
        }
        synchronized (this) {
            if (pong == null && queue.isEmpty()) {
                current = null;
            } else {
                current = new ArrayList<>();
                if (pong != null) {
                    current.add(pong);
                    pong = null;
                }
                while (current.size() < GATHER && !queue.isEmpty()) {
                    current.add(queue.poll());
                }
            }
            return current;
        }
    }

    /** Nothing can be written any more. */
    void fail(Throwable cause) {
        List<Object> lost;
        synchronized (this) {
            if (failed) {
                return;
            }
            failed = true;
            closing = true;
            lost = new ArrayList<>(queue);
            queue.clear();
            if (pong != null) {
                lost.add(pong);
                pong = null;
            }
            if (current != null) {
                lost.addAll(current);
                current = null;
            }
        }
        broken.accept(cause);
        for (Object one : lost) {
            if (one instanceof JettyFrame jettys) {
                jettys.callback.failed(cause);
            }
        }
        socket.close(cause);
    }
}
