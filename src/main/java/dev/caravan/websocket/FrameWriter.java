package dev.caravan.websocket;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IteratingCallback;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.OpCode;
import org.eclipse.jetty.websocket.core.internal.Generator;

/**
 * All that is written to one socket, in the order in which it came: frames that are encoded already, which is why this
 * takes the place of Jetty's own, and the frames that Jetty makes. The thread that brings them writes them, as far as the
 * socket takes them. Thread-safe.
 */
final class FrameWriter extends IteratingCallback {
    /** So many go into one write, if they had to wait. */
    private static final int GATHER = 16;

    private final EndPoint socket;
    private final Consumer<Frames> written;
    private final Consumer<Throwable> broken;

    /** What waits: {@link Frames} and {@link JettyFrame}. Guarded by itself. */
    private final Queue<Object> queue = new ArrayDeque<>(1);

    /** Whether the last frame is queued. Guarded by {@link #queue}. */
    private boolean closing;

    /** Whether somebody writes, who will write what is queued, too. Guarded by {@link #queue}. */
    private boolean busy;

    /** What is being written. */
    private Object[] current;

    /** What the socket did not take of it at once. */
    private ByteBuffer rest;

    private volatile long waitingSince;

    private record JettyFrame(Frame frame, Callback callback) {
        private ByteBuffer wire() {
            int length = frame.getPayloadLength();
            ByteBuffer wire = ByteBuffer.allocate(Generator.MAX_HEADER_LENGTH + length);
            wire.limit(0);
            new Generator().generateWholeFrame(frame, wire);
            return wire;
        }
    }

    /**
     * @param written told of frames that are written
     * @param broken told why nothing can be written any more
     */
    FrameWriter(EndPoint socket, Consumer<Frames> written, Consumer<Throwable> broken) {
        this.socket = socket;
        this.written = written;
        this.broken = broken;
    }

    /** Frames after the last one are dropped. */
    void write(Frames frames) {
        synchronized (queue) {
            if (closing) {
                return;
            }
            if (busy) {
                queue.add(frames);
                return;
            }
            busy = true;
        }
        ByteBuffer wire = frames.wire();
        try {
            if (flush(wire)) {
                written.accept(frames);
                next();
            } else {
                current = new Object[] {frames};
                rest = wire;
                iterate();
            }
        } catch (IOException e) {
            abort(e);
        }
    }

    /** Writes what the socket takes now; of one buffer, which costs less than of an array of one. True if that is all. */
    private boolean flush(ByteBuffer wire) throws IOException {
        if (!(socket instanceof SocketChannelEndPoint plain)) {
            return socket.flush(wire);
        }
        if (plain.getChannel().write(wire) > 0) {
            plain.notIdle();
        }
        return !wire.hasRemaining();
    }

    private void next() {
        synchronized (queue) {
            if (queue.isEmpty()) {
                busy = false;
                return;
            }
        }
        iterate();
    }

    void write(Frame frame, Callback callback) {
        boolean tooLate;
        boolean begins = false;
        synchronized (queue) {
            tooLate = closing;
            closing |= frame.getOpCode() == OpCode.CLOSE;
            if (!tooLate) {
                queue.add(new JettyFrame(frame, callback));
                begins = !busy;
                busy = true;
            }
        }
        if (tooLate) {
            callback.failed(new ClosedChannelException());
        } else if (begins) {
            iterate();
        }
    }

    /** Since when the socket has not taken what is to be written; 0 if it has. */
    long waitingSince() {
        return waitingSince;
    }

    @Override
    protected Action process() throws Throwable {
        while (true) {
            if (rest != null) {
                ByteBuffer waits = rest;
                rest = null;
                waitingSince = System.nanoTime() | 1;
                socket.write(this, waits);
                return Action.SCHEDULED;
            }
            synchronized (queue) {
                int count = Math.min(queue.size(), GATHER);
                if (count == 0) {
                    busy = false;
                    return Action.IDLE;
                }
                current = new Object[count];
                for (int i = 0; i < count; i++) {
                    current[i] = queue.poll();
                }
            }
            ByteBuffer[] buffers = new ByteBuffer[current.length];
            for (int i = 0; i < current.length; i++) {
                buffers[i] = current[i] instanceof Frames frames ? frames.wire() : ((JettyFrame) current[i]).wire();
            }
            if (!socket.flush(buffers)) {
                waitingSince = System.nanoTime() | 1;
                socket.write(this, buffers);
                return Action.SCHEDULED;
            }
            finish();
        }
    }

    @Override
    protected void onSuccess() {
        waitingSince = 0;
        finish();
    }

    private void finish() {
        Object[] done = current;
        current = null;
        for (Object one : done) {
            if (one instanceof Frames frames) {
                written.accept(frames);
            } else {
                JettyFrame jettys = (JettyFrame) one;
                if (jettys.frame.getOpCode() == OpCode.CLOSE) {
                    socket.shutdownOutput();
                }
                jettys.callback.succeeded();
            }
        }
    }

    @Override
    protected void onCompleteFailure(Throwable cause) {
        List<Object> lost = new ArrayList<>();
        synchronized (queue) {
            closing = true;
            lost.addAll(queue);
            queue.clear();
        }
        if (current != null) {
            lost.addAll(List.of(current));
        }
        broken.accept(cause);
        for (Object one : lost) {
            if (one instanceof JettyFrame jettys) {
                jettys.callback.failed(cause);
            }
        }
        socket.close(cause);
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }
}
