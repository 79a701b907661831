package dev.caravan.component.websocket.sockjs;

import dev.caravan.component.websocket.Connection;
import dev.caravan.component.websocket.Frames;
import dev.caravan.component.websocket.Transport;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * A session of SockJS over HTTP. Messages wait here for a request that fetches them; a client without such a request
 * for five seconds is gone.
 */
final class SockJsSession implements Transport {
    private static final long GONE_AFTER = TimeUnit.SECONDS.toNanos(5);
    private static final long HEARTBEAT = TimeUnit.SECONDS.toNanos(SockJs.HEARTBEAT_SECONDS);
    private static final int MAX_FRAME = 64 * 1024;
    private static final int MAX_POST = 1 << 30;
    /** A client sends one at a time; some may belong to a connection that is gone. */
    private static final int MAX_POSTS = 4;

    private final Connection connection;
    private final SockJsInbox inbox;
    private final Runnable forget;

    // All guarded by this; the connection is called without the lock.
    private final Queue<Frames> queue = new ArrayDeque<>();
    private List<Frames> written = List.of();
    private SockJsReceiver receiver;
    private boolean opened;
    private boolean heartbeat;
    private String closeFrame;
    private int closeCode;
    private String closeReason;
    private boolean closeWritten;
    private boolean forgotten;

    /** Since when the connection is over, by {@link System#nanoTime()}; 0 if it is not. */
    private long overSince;

    private long lastWrite;
    private long lastReceiver = System.nanoTime();
    private volatile long waitingSince;

    /** One permit less for each POST without a response, including those that are still arriving. */
    private final Semaphore posts = new Semaphore(MAX_POSTS);

    /** @param forget called when the session has expired */
    SockJsSession(Connection connection, Runnable forget) {
        this.connection = connection;
        this.inbox = new SockJsInbox(connection, this);
        this.forget = forget;
    }

    Connection connection() {
        return connection;
    }

    /** Sends the next messages in the response to this request. */
    void attach(SockJsReceiver next) throws IOException {
        boolean first;
        synchronized (this) {
            if (forgotten || receiver != null) {
                next.write(
                        forgotten
                                ? SockJsFrames.close(NO_CLOSE, "The session is over.")
                                : SockJsFrames.close(2010, "Another connection still open"));
                next.complete();
                return;
            }
            receiver = next;
            closeWritten = false;
            first = lastWrite == 0;
            lastWrite = System.nanoTime();
        }
        if (first) {
            connection.opened(this);
        }
        next.listen();
    }

    @Override
    public void send(Frames frames) {
        synchronized (this) {
            if (closeFrame != null) {
                return;
            }
            queue.add(frames);
        }
        write();
    }

    @Override
    public void close(int code, String reason) {
        synchronized (this) {
            if (closeFrame != null) {
                return;
            }
            closeFrame = SockJsFrames.close(code, reason);
            closeCode = code;
            closeReason = reason;
        }
        inbox.close();
        write();
    }

    /** Writes what is queued, as much as the peer takes. */
    void write() {
        List<Frames> done = new ArrayList<>();
        SockJsReceiver broken = null;
        boolean ended = false;
        synchronized (this) {
            try {
                ended = pump(done);
            } catch (IOException | IllegalStateException e) {
                broken = receiver;
            }
        }
        done.forEach(connection::sent);
        if (broken != null) {
            lost(broken);
        }
        if (ended) {
            end(closeCode, closeReason);
        }
    }

    /** The request has failed. SockJS cannot tell how much of the last frame has arrived. */
    void lost(SockJsReceiver last) {
        List<Frames> gone;
        synchronized (this) {
            if (receiver != last) {
                return;
            }
            gone = written;
            written = List.of();
            release();
        }
        last.complete();
        gone.forEach(connection::sent);
    }

    private boolean pump(List<Frames> done) throws IOException {
        while (receiver != null && receiver.isListening()) {
            if (!receiver.isDone()) {
                if (waitingSince == 0) {
                    waitingSince = System.nanoTime() | 1;
                }
                return false;
            }
            waitingSince = 0;
            done.addAll(written);
            written = List.of();
            if (receiver.isFull() || closeWritten) {
                SockJsReceiver full = receiver;
                release();
                full.complete();
                return closeWritten;
            }
            String frame = next();
            if (frame == null) {
                return false;
            }
            receiver.write(frame);
            lastWrite = System.nanoTime();
        }
        return false;
    }

    private String next() {
        if (!opened) {
            opened = true;
            return SockJsFrames.OPEN;
        }
        if (!queue.isEmpty()) {
            StringBuilder strings = new StringBuilder();
            written = new ArrayList<>();
            while (!queue.isEmpty() && strings.length() < MAX_FRAME) {
                Frames frames = queue.poll();
                written.add(frames);
                strings.append(strings.isEmpty() ? "" : ",").append(SockJsFrames.strings(frames));
            }
            return SockJsFrames.messages(strings.toString());
        }
        if (closeFrame != null) {
            closeWritten = true;
            return closeFrame;
        }
        if (heartbeat) {
            heartbeat = false;
            return SockJsFrames.HEARTBEAT;
        }
        return null;
    }

    private void release() {
        receiver = null;
        waitingSince = 0;
        lastReceiver = System.nanoTime();
    }

    @Override
    public void abort() {
        SockJsReceiver last;
        synchronized (this) {
            last = receiver;
            release();
            if (closeFrame == null) {
                closeFrame = SockJsFrames.close(POLICY_VIOLATION, "Too slow");
            }
            queue.clear();
        }
        if (last != null) {
            last.abort();
        }
        end(NO_CLOSE, "");
    }

    /** Ends the connection for the route; the client learns it with its next request. */
    private void end(int code, String reason) {
        synchronized (this) {
            if (overSince == 0) {
                overSince = System.nanoTime() | 1;
            }
        }
        connection.closed(code, reason);
        inbox.close();
    }

    @Override
    public long waitingSince() {
        return waitingSince;
    }

    /** Called twice a second, also when the connection is closed. */
    void check(long now) {
        boolean gone;
        SockJsReceiver last = null;
        synchronized (this) {
            // After the end the client may ask again for the reason, but not keep the session alive.
            boolean over = overSince != 0 && now - overSince > GONE_AFTER;
            gone = over || receiver == null && now - lastReceiver > GONE_AFTER;
            forgotten = gone;
            if (over) {
                last = receiver;
                release();
            }
            heartbeat = receiver != null && now - lastWrite > HEARTBEAT;
        }
        if (last != null) {
            last.abort();
        }
        if (gone) {
            forget.run();
            end(NO_CLOSE, "The client has stopped polling.");
        } else {
            write();
        }
    }

    /** Reserves a place for another POST, to be released by {@link #posted} when it has its response. */
    boolean mayPost() {
        return posts.tryAcquire();
    }

    void posted() {
        posts.release();
    }

    /** The largest POST in bytes: in quotes, with every second character escaped, and several messages at once. */
    int maxPost() {
        long most = 2 * connection.maxTextMessageSize();
        if (!connection.isAnonymous()) {
            most = Math.max(most, connection.options().getMaxQueuedBytes());
        }
        return (int) Math.min(most, MAX_POST);
    }

    /** Whether the session is closing or closed. */
    synchronized boolean isOver() {
        return closeFrame != null;
    }

    /**
     * Takes a POST. The response follows after its last message is handed over, so that the client waits before it
     * sends more.
     */
    void receive(SockJsPost post) {
        if (!inbox.add(post::next, () -> post.respond(HttpServletResponse.SC_NO_CONTENT))) {
            post.respond(HttpServletResponse.SC_NOT_FOUND);
        }
    }

    void tooLarge() {
        close(MESSAGE_TOO_LARGE, "Too large");
    }

    @Override
    public void demand() {
        inbox.demand();
    }
}
