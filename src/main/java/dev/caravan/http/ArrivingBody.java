package dev.caravan.http;

import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;

/**
 * The body of one request, however slowly it arrives.
 *
 * <p>Ends in one of two ways: it hands the whole body on, or it responds: 413 when the body exceeds the limit, 408 when
 * it is not complete in time, 400 when it breaks off, 503 when too much arrives at once. These responses close the
 * connection, because the rest of such a body is useless.
 *
 * <p>Thread-safe; one thread reads at a time.
 */
final class ArrivingBody {

    private static final int FIRST_BUFFER = 8 * 1024;

    private final int limit;
    private final RestConsumer.Shared shared;
    private final BodyRoom room;
    private final PendingResponse pending;
    private final Consumer<byte[]> next;
    private byte[] buffer;
    private int count;
    /** Bytes of the buffer that are taken from the room. */
    private int taken;

    private boolean over;
    private ScheduledFuture<?> deadline;

    /** What has arrived. */
    interface Source {
        /** Whether there are bytes to read now. */
        boolean isReady();

        /** @return the number of bytes read; -1 after the last one */
        int read(byte[] buffer, int from, int length) throws IOException;
    }

    /**
     * @param declared the length that the client has announced, in bytes, -1 for none; not above the limit
     * @param room that the sender has
     * @param pending gets the error response if the body does not arrive properly
     * @param next gets the body, null if there is none, on the thread that calls {@link #complete}; must not throw
     */
    ArrivingBody(
            long declared, RestConsumer.Shared shared, BodyRoom room, PendingResponse pending, Consumer<byte[]> next) {
        this.limit = (int) shared.settings().maxBody().toBytes();
        this.shared = shared;
        this.room = room;
        this.pending = pending;
        this.next = next;
        // Grows with what arrives: a large Content-Length alone must not cost memory.
        this.buffer = new byte[declared <= 0 ? 0 : (int) Math.min(declared + 1, FIRST_BUFFER)];
    }

    /** Takes all that the source has. @return false if the body has ended, with a response */
    synchronized boolean take(Source source) throws IOException {
        while (!over && source.isReady()) {
            if (count == buffer.length) {
                int larger = Math.min(Math.max(2 * count, FIRST_BUFFER), limit + 1);
                if (larger > FIRST_BUFFER && !room.take(larger - buffer.length)) {
                    fail(HttpStatus.SERVICE_UNAVAILABLE, "Too many requests are being read.");
                    return false;
                }
                taken += larger > FIRST_BUFFER ? larger - buffer.length : 0;
                buffer = Arrays.copyOf(buffer, larger);
            }
            int read = source.read(buffer, count, buffer.length - count);
            if (read > 0) {
                count += read;
            }
            if (count > limit) {
                fail(HttpStatus.PAYLOAD_TOO_LARGE, "The request body is larger than " + limit + " bytes.");
            }
        }
        return !over;
    }

    /** More is to come: from now on the client has {@code caravan.http.body-timeout}. */
    synchronized void awaitMore() {
        if (!over && deadline == null) {
            long timeout = shared.settings().bodyTimeout().toMillis();
            deadline = shared.clock().schedule(this::tooSlow, timeout, TimeUnit.MILLISECONDS);
        }
    }

    /** All has arrived. */
    void complete() {
        byte[] body;
        synchronized (this) {
            if (over) {
                return;
            }
            end();
            if (count == 0) {
                body = null;
            } else {
                body = count == buffer.length ? buffer : Arrays.copyOf(buffer, count);
            }
            buffer = null;
        }
        next.accept(body);
    }

    synchronized void fail(Throwable failure) {
        if (failure instanceof TimeoutException) {
            tooSlow();
        } else {
            fail(HttpStatus.BAD_REQUEST, "The request body could not be read to its end.");
        }
    }

    private synchronized void tooSlow() {
        fail(HttpStatus.REQUEST_TIMEOUT, "The request body took too long to arrive.");
    }

    private void fail(HttpStatus status, String detail) {
        if (!over) {
            end();
            buffer = null;
            HttpHeaders headers = Problems.closing();
            if (status == HttpStatus.SERVICE_UNAVAILABLE) {
                headers.putAll(Problems.retrying());
            }
            pending.send(Problems.reply(Problems.of(status, detail), headers, pending.path()));
        }
    }

    private void end() {
        over = true;
        room.giveBack(taken);
        if (deadline != null) {
            deadline.cancel(false);
        }
    }
}
