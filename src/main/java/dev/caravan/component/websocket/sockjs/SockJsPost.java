package dev.caravan.component.websocket.sockjs;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.springframework.http.HttpHeaders;

/**
 * A POST of a SockJS client: collects its bytes, hands its messages over one after the other, and responds after the
 * last one. Its memory grows with what has arrived. Thread-safe.
 */
final class SockJsPost implements ReadListener {
    private static final int FIRST_BUFFER = 2 * 1024;

    private final SockJsPosts all;
    private final SockJsSession session;
    private final int max;
    private final long begun = System.nanoTime();
    private final ServletInputStream in;
    private final AsyncContext async;

    // All guarded by this.
    private byte[] bytes = new byte[0];
    private int count;
    private int reserved;
    private SockJsFrames.Messages messages;
    private boolean responded;

    /** @param max bytes of it at the most */
    SockJsPost(SockJsPosts all, SockJsSession session, HttpServletRequest request, int max) throws IOException {
        this.all = all;
        this.session = session;
        this.max = max;
        this.in = request.getInputStream();
        this.async = request.startAsync();
        async.setTimeout(0);
    }

    void begin() {
        in.setReadListener(this);
    }

    SockJsSession session() {
        return session;
    }

    @Override
    public void onDataAvailable() throws IOException {
        int rejection = read();
        if (rejection == HttpServletResponse.SC_REQUEST_ENTITY_TOO_LARGE) {
            session.tooLarge();
        }
        if (rejection != 0) {
            reject(rejection);
        }
    }

    /** Reads what has arrived; returns the status with which to reject the POST, or 0. */
    private synchronized int read() throws IOException {
        while (!responded && in.isReady() && !in.isFinished()) {
            if (count == bytes.length && !grow()) {
                return HttpServletResponse.SC_SERVICE_UNAVAILABLE;
            }
            count += Math.max(0, in.read(bytes, count, bytes.length - count));
            if (count > max) {
                return HttpServletResponse.SC_REQUEST_ENTITY_TOO_LARGE;
            }
        }
        return 0;
    }

    /** Whether there was room for that. */
    private boolean grow() {
        int larger = Math.min(Math.max(2 * count, FIRST_BUFFER), max + 1);
        if (!all.reserve(this, larger - reserved, reserved == 0)) {
            return false;
        }
        reserved = larger;
        bytes = Arrays.copyOf(bytes, larger);
        return true;
    }

    @Override
    public void onAllDataRead() {
        String wrong = null;
        synchronized (this) {
            if (responded) {
                return;
            }
            all.arrived(this);
            if (count == 0) {
                wrong = "Payload expected.";
            } else {
                try {
                    messages = SockJsFrames.read(new String(bytes, 0, count, StandardCharsets.UTF_8));
                } catch (IOException e) {
                    wrong = "Broken JSON encoding.";
                }
            }
            bytes = null;
        }
        if (wrong == null) {
            session.receive(this);
        } else {
            respond(HttpServletResponse.SC_INTERNAL_SERVER_ERROR, wrong); // as the protocol of SockJS has it
        }
    }

    /** The next message; null if there is none. */
    synchronized String next() {
        return messages.next();
    }

    @Override
    public void onError(Throwable cause) {
        reject(
                cause instanceof TimeoutException
                        ? HttpServletResponse.SC_REQUEST_TIMEOUT
                        : HttpServletResponse.SC_BAD_REQUEST);
    }

    /** Rejects the POST if it has not arrived in time. */
    void check(long now) {
        long timeout = session.connection().options().component().getPostTimeout();
        if (now - begun > TimeUnit.MILLISECONDS.toNanos(timeout)) {
            reject(HttpServletResponse.SC_REQUEST_TIMEOUT);
        }
    }

    /** Stops reading, and ends the connection with the response. */
    void reject(int status) {
        respond(response -> {
            response.setHeader(HttpHeaders.CONNECTION, "close");
            if (status == HttpServletResponse.SC_SERVICE_UNAVAILABLE) {
                response.setHeader(HttpHeaders.RETRY_AFTER, "5");
            }
            response.sendError(status);
        });
    }

    void respond(int status) {
        respond(status, "");
    }

    private void respond(int status, String text) {
        respond(response -> {
            response.setStatus(status);
            response.setContentType("text/plain;charset=UTF-8");
            if (!text.isEmpty()) {
                response.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            }
        });
    }

    private interface Response {
        void write(HttpServletResponse to) throws IOException;
    }

    /** Responds unless this has been done. */
    private void respond(Response response) {
        int freed;
        synchronized (this) {
            if (responded) {
                return;
            }
            responded = true;
            bytes = null;
            messages = SockJsFrames.Messages.NONE;
            freed = reserved;
        }
        all.ended(this, freed);
        try {
            response.write((HttpServletResponse) async.getResponse());
        } catch (IOException | IllegalStateException e) {
            // The client is gone: nobody is there to be told.
        }
        try {
            async.complete();
        } catch (IllegalStateException e) {
            // Jetty was quicker to find that the peer is gone.
        }
    }
}
