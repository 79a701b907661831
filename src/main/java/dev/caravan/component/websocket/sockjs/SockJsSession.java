package dev.caravan.component.websocket.sockjs;

import dev.caravan.component.websocket.CloseCode;
import dev.caravan.component.websocket.Connection;
import dev.caravan.component.websocket.Frames;
import dev.caravan.component.websocket.Transport;
import dev.caravan.component.websocket.WebSocketEndpoint;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * A session of SockJS over HTTP. Messages wait here for a request that fetches them; a client that leaves none waiting for
 * five seconds is gone.
 */
final class SockJsSession implements Transport {
    private static final long GONE_AFTER = TimeUnit.SECONDS.toNanos(5);
    private static final long HEARTBEAT = TimeUnit.SECONDS.toNanos(SockJs.HEARTBEAT_SECONDS);
    private static final int MAX_FRAME = 64 * 1024;
    private static final int MAX_POST = 1 << 30;
    /** A client sends one after the other; some of them may be of a connection that is gone. */
    private static final int MAX_POSTS = 4;

    private final Connection connection;
    private final Runnable forget;

    // All guarded by this, and what it tells the connection is told without that: first what is sent ...
    private final Queue<Frames> queue = new ArrayDeque<>();
    private List<Frames> written = List.of();
    private SockJsReceiver receiver;
    private boolean opened;
    private boolean heartbeat;
    private String goodbye;
    private int closeCode;
    private String closeReason;
    private boolean goodbyeWritten;
    private boolean forgotten;

    /** Since when the connection is over, by {@link System#nanoTime()}; 0 if it is not. */
    private long overSince;

    private long lastWrite;
    private long lastReceiver = System.nanoTime();
    private volatile long waitingSince;

    // ... then what has come: what the client has posted, and whether its next message may be handed over.
    private final Queue<SockJsPost> posts = new ArrayDeque<>();

    /** Those that are not answered, also if they have not come yet. */
    private int posting;

    private boolean demanded;

    /** Whether a thread hands messages over: one does, in a loop, since handing one over may ask for the next. */
    private boolean delivering;

    /** @param forget called when nobody will ask for this session any more */
    SockJsSession(Connection connection, Runnable forget) {
        this.connection = connection;
        this.forget = forget;
    }

    WebSocketEndpoint options() {
        return connection.options();
    }

    Principal principal() {
        return connection.principal();
    }

    String network() {
        return connection.network();
    }

    /** The response to this request has the next messages. */
    void attach(SockJsReceiver next) throws IOException {
        boolean first;
        synchronized (this) {
            if (forgotten) {
                next.write(SockJsFrames.close(CloseCode.NO_CLOSE, "The session is over."));
                next.complete();
                return;
            }
            if (receiver != null) {
                next.write(SockJsFrames.close(2010, "Another connection still open"));
                next.complete();
                return;
            }
            receiver = next;
            goodbyeWritten = false;
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
            if (goodbye != null) {
                return;
            }
            queue.add(frames);
        }
        write();
    }

    @Override
    public void close(int code, String reason) {
        synchronized (this) {
            if (goodbye != null) {
                return;
            }
            goodbye = SockJsFrames.close(code, reason);
            closeCode = code;
            closeReason = reason;
        }
        dropPosts();
        write();
    }

    /** Writes what there is, as far as the peer takes it. */
    private void write() {
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

    void mayWrite(SockJsReceiver ready) {
        synchronized (this) {
            ready.mayWrite();
        }
        write();
    }

    /** The request has failed, and SockJS does not know what of the last frame has come through. */
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
            if (receiver.isFull() || goodbyeWritten) {
                SockJsReceiver full = receiver;
                release();
                full.complete();
                return goodbyeWritten;
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
        if (goodbye != null) {
            goodbyeWritten = true;
            return goodbye;
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
            if (goodbye == null) {
                goodbye = SockJsFrames.close(CloseCode.POLICY_VIOLATION, "Too slow");
            }
            queue.clear();
        }
        if (last != null) {
            last.abort();
        }
        end(CloseCode.NO_CLOSE, "");
    }

    /** For the route this connection is over; the client is told when it asks again. */
    private void end(int code, String reason) {
        synchronized (this) {
            if (overSince == 0) {
                overSince = System.nanoTime() | 1;
            }
        }
        connection.closed(code, reason);
        dropPosts();
    }

    /** The client learns that the session is over where it waits for messages. */
    private void dropPosts() {
        List<SockJsPost> dropped;
        synchronized (this) {
            dropped = List.copyOf(posts);
            posts.clear();
        }
        dropped.forEach(post -> post.answer(HttpServletResponse.SC_NO_CONTENT));
    }

    @Override
    public long waitingSince() {
        return waitingSince;
    }

    /** Called twice a second, also when the connection is closed. */
    void look(long now) {
        boolean gone;
        SockJsReceiver last = null;
        synchronized (this) {
            // The client of one that is over may ask again for the reason, but not keep it.
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
            end(CloseCode.NO_CLOSE, "The client does not ask any more.");
        } else {
            write();
        }
    }

    /** Whether another post may begin; then {@link #posted} is to be called when it is answered. */
    synchronized boolean mayPost() {
        if (posting == MAX_POSTS) {
            return false;
        }
        posting++;
        return true;
    }

    synchronized void posted() {
        posting--;
    }

    /** Bytes of a post at the most: in quotes, with every second character escaped, and several messages at once. */
    int maxPost() {
        long most = 2 * connection.maxTextMessageSize();
        if (!connection.isStranger()) {
            most = Math.max(most, options().getMaxQueuedBytes());
        }
        return (int) Math.min(most, MAX_POST);
    }

    /** Whether nothing can be said any more. */
    synchronized boolean isOver() {
        return goodbye != null;
    }

    /** Takes what a client has posted. It is answered when all of it is handed over, so that the client waits with more. */
    void receive(SockJsPost post) {
        boolean taken;
        synchronized (this) {
            taken = goodbye == null;
            if (taken) {
                posts.add(post);
            }
        }
        if (taken) {
            next(false);
        } else {
            post.answer(HttpServletResponse.SC_NOT_FOUND);
        }
    }

    void tooLarge() {
        close(CloseCode.MESSAGE_TOO_LARGE, "Too large");
    }

    @Override
    public void demand() {
        next(true);
    }

    /** @param demand whether another message may be handed over; if it might before, it still may */
    private void next(boolean demand) {
        synchronized (this) {
            demanded |= demand;
            if (delivering) {
                return; // whoever does that sees it
            }
            delivering = true;
        }
        for (String message = poll(); message != null; message = poll()) {
            long max = connection.maxTextMessageSize();
            if (message.getBytes(StandardCharsets.UTF_8).length > max) {
                close(CloseCode.MESSAGE_TOO_LARGE, "A message may have " + max + " bytes");
            } else {
                connection.received(message);
            }
        }
    }

    /** The next message to hand over, and it ends there if there is none. */
    private String poll() {
        List<SockJsPost> worked = new ArrayList<>();
        String message = null;
        synchronized (this) {
            while (demanded && message == null && !posts.isEmpty()) {
                message = posts.peek().next();
                if (message == null) {
                    worked.add(posts.poll());
                }
            }
            demanded &= message == null;
            delivering = message != null;
        }
        worked.forEach(post -> post.answer(HttpServletResponse.SC_NO_CONTENT));
        return message;
    }
}
