package dev.caravan.http;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;

/**
 * Collects the body of one request without blocking a thread, however slowly it arrives.
 *
 * <p>Ends in one of two ways: it hands the whole body on, or it responds: 413 when the body exceeds the limit, 408 when
 * it is not complete in time, 400 when it breaks off, 503 when too much arrives at once. These responses close the
 * connection, because the rest of such a body is useless.
 *
 * <p>A request without a body passes here too: the server calls back only after the dispatch of the request has
 * returned through all filters. Only from then on may another thread write the response without interfering with them.
 */
final class BodyReader implements ReadListener {

    private static final int FIRST_BUFFER = 8 * 1024;

    private final ServletInputStream in;
    private final int limit;
    private final RestConsumer.Shared shared;
    private final PendingResponse pending;
    private final Consumer<byte[]> next;
    private byte[] buffer;
    private int count;
    /** Bytes of the buffer that are taken from the memory of all bodies that are arriving. */
    private int taken;

    private boolean over;
    private ScheduledFuture<?> deadline;

    /**
     * @param declared the length that the client has announced, in bytes, -1 for none; not above the limit
     * @param pending gets the error response if the body does not arrive properly
     * @param next gets the body, null if there is none, on a thread of the server; must not throw
     */
    BodyReader(
            ServletInputStream in,
            long declared,
            RestConsumer.Shared shared,
            PendingResponse pending,
            Consumer<byte[]> next) {
        this.in = in;
        this.limit = (int) shared.settings().maxBody().toBytes();
        this.shared = shared;
        this.pending = pending;
        this.next = next;
        // Grows with what arrives: a large Content-Length alone must not cost memory.
        this.buffer = new byte[declared <= 0 ? 0 : (int) Math.min(declared + 1, FIRST_BUFFER)];
    }

    /** Starts, and returns at once. */
    synchronized void begin() {
        in.setReadListener(this);
        if (!in.isReady()) {
            startClock();
        }
    }

    @Override
    public synchronized void onDataAvailable() throws IOException {
        while (!over && in.isReady() && !in.isFinished()) {
            if (count == buffer.length) {
                int larger = Math.min(Math.max(2 * count, FIRST_BUFFER), limit + 1);
                if (larger > FIRST_BUFFER && !shared.arriving().take(larger - buffer.length)) {
                    fail(HttpStatus.SERVICE_UNAVAILABLE, "Too many requests are being read.");
                    return;
                }
                taken += larger > FIRST_BUFFER ? larger - buffer.length : 0;
                buffer = Arrays.copyOf(buffer, larger);
            }
            int read = in.read(buffer, count, buffer.length - count);
            if (read > 0) {
                count += read;
            }
            if (count > limit) {
                fail(HttpStatus.PAYLOAD_TOO_LARGE, "The request body is larger than " + limit + " bytes.");
            }
        }
        if (!over && !in.isFinished()) {
            startClock();
        }
    }

    @Override
    public void onAllDataRead() {
        byte[] body;
        synchronized (this) {
            if (over) {
                return;
            }
            end();
            body = count == 0 ? null : Arrays.copyOf(buffer, count);
            buffer = null;
        }
        next.accept(body);
    }

    @Override
    public synchronized void onError(Throwable failure) {
        if (failure instanceof TimeoutException) {
            tooSlow();
        } else {
            fail(HttpStatus.BAD_REQUEST, "The request body could not be read to its end.");
        }
    }

    private void startClock() {
        if (deadline == null) {
            long timeout = shared.settings().bodyTimeout().toMillis();
            deadline = shared.clock().schedule(this::tooSlow, timeout, TimeUnit.MILLISECONDS);
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
        shared.arriving().giveBack(taken);
        if (deadline != null) {
            deadline.cancel(false);
        }
    }
}
