package dev.caravan.http;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

/**
 * A request of many lines and its response, which has a line of JSON for each of them, in their order. A route that streams
 * ({@code useStreaming}) leaves one as its body.
 *
 * <p>Both ways flow at the same time, within bounds: nothing is read while as many lines or bytes are under way as may be, nor
 * while the client does not read its responses. The idle timeout of the server disconnects a client that does neither.
 *
 * <p>A response that ends before the request does has a last line without a number, which says from which line on nothing was
 * read: the node stops, or a line did not arrive within {@code caravan.http.body-timeout}.
 *
 * <p>All work is done in runs on one executor, one run at a time, so nothing here is locked. What has come since the last run
 * is handled by the next one: responses that are ready together are written together. Thread-safe; no method blocks.
 */
public final class LineStream {
    private static final Logger LOG = LoggerFactory.getLogger(LineStream.class);

    /** Bytes of responses that wait for the client, before no more is read. */
    private static final int MAX_WAITING = 64 * 1024;
    /** What one run reads at the most: others use the same executor. */
    private static final int LINES_A_RUN = 128;

    private static final int READS_A_RUN = 8;

    private static final long DISCARD_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final int ENVELOPE = 4 * 1024;

    private final Limits limits;
    private final Executor executor;
    private final Handler handler;
    private final AtomicInteger signals = new AtomicInteger();

    private volatile boolean stopped;
    private volatile boolean allRead;
    private volatile boolean watched;
    private volatile Throwable failure;

    // Touched by one run at a time.
    private final LinesUnderWay underWay = new LinesUnderWay(this::signal);
    private RestConsumer.Shared shared;
    private ServletInputStream in;
    private volatile LineWriter out;
    private LineReader reader;
    private int longest;
    private LineReader.Line held;
    private int reads;
    private boolean paused;
    private boolean delayed;
    private long resumeNanos;
    private long discardUntil;
    private byte[] discarded;

    /** No more lines are read; that is so before the request is over; nothing more is written; the handler knows. */
    private boolean inputOver;

    private boolean early;
    private boolean closed;
    private boolean ended;

    /**
     * The bounds of one request.
     *
     * @param lines under way: read, and not responded to
     * @param bytes of the lines under way; the last of them may exceed it
     * @param payload bytes that a line may have beside {@value #ENVELOPE}, but no more than a body may have; a longer line is
     *     discarded and gets 413
     */
    public record Limits(int lines, int bytes, long payload) {}

    /** Handles the lines of one request, one call at a time; must not block. */
    public interface Handler {
        /** Whether the next line may come, which counts it. @return 0, or the milliseconds to wait first */
        long admit();

        /** @param line not blank, without its end */
        void handle(byte[] line, Reply reply);

        /** Nothing is under way any more, and no line will come. */
        void ended();
    }

    /** The response to one line, to be given once, on any thread. */
    public interface Reply {
        /** @param members of a JSON object, without its braces */
        void done(String members);

        /** The problem that a request with this failure gets. */
        void failed(Throwable failure);
    }

    /** @param executor runs the handler */
    public LineStream(Limits limits, Executor executor, Handler handler) {
        this.limits = limits;
        this.executor = executor;
        this.handler = handler;
    }

    /** Reads no more, responds to what is under way and ends the response. */
    public void stop() {
        stopped = true;
        signal();
    }

    /** Begins. The request's status and headers are set; this stream completes its context. */
    void open(AsyncContext context, ServletInputStream in, RestConsumer.Shared shared) throws IOException {
        LineWriter writer = new LineWriter(context, this::signal, this::failed);
        this.longest =
                (int) Math.min(limits.payload(), shared.settings().maxBody().toBytes()) + ENVELOPE;
        this.reader = new LineReader(longest, shared.arriving());
        this.shared = shared;
        this.in = in;
        this.out = writer;
        signal();
    }

    /** More can be read. */
    void readable() {
        signal();
    }

    void allRead() {
        allRead = true;
        signal();
    }

    /** Reading failed, or the client does not get this stream. */
    void failed(Throwable cause) {
        failure = cause;
        signal();
    }

    private void signal() {
        if (signals.getAndIncrement() == 0) {
            executor.execute(this::run);
        }
    }

    private void run() {
        int seen = signals.get();
        try {
            work();
        } catch (RuntimeException | Error e) {
            LOG.error("A request of many lines failed", e);
            close();
        }
        endIfDone();
        if (signals.addAndGet(-seen) != 0) {
            executor.execute(this::run);
        }
    }

    private void endIfDone() {
        if (closed && underWay.isEmpty() && !ended) {
            ended = true;
            handler.ended();
        }
    }

    private void work() {
        if (out == null && failure == null) {
            return; // not open yet
        }
        expire();
        collect();
        if (!closed && failure != null) {
            fail(failure);
        }
        if (!closed && !inputOver) {
            read();
            collect();
        }
        if (!closed) {
            write();
        }
    }

    private void fail(Throwable cause) {
        // Jetty wraps it for who reads at that moment.
        if (out != null && (cause instanceof TimeoutException || cause.getCause() instanceof TimeoutException)) {
            cut(HttpStatus.REQUEST_TIMEOUT, "Nothing arrived for too long.");
        } else {
            LOG.debug("The client of a request of many lines went away", cause);
            close();
        }
    }

    private void collect() {
        underWay.take(closed || out == null ? response -> {} : out::add);
    }

    private void read() {
        if (stopped) {
            cut(HttpStatus.SERVICE_UNAVAILABLE, "This node is stopping.");
            return;
        }
        reads = READS_A_RUN;
        try {
            for (int taken = 0; mayTake(); taken++) {
                if (taken == LINES_A_RUN) {
                    signal();
                    return;
                }
                if (held == null && !findLine()) {
                    return;
                }
                long wait = handler.admit();
                if (wait > 0) {
                    delay(wait);
                    return;
                }
                LineReader.Line line = held;
                held = null;
                take(line);
            }
        } catch (IOException e) {
            failure = e; // nothing more can be read
            fail(e);
        }
    }

    private boolean mayTake() {
        if (underWay.size() >= limits.lines() || underWay.bytes() >= limits.bytes() || out.waiting() > MAX_WAITING) {
            paused = true;
            return false;
        }
        if (delayed && System.nanoTime() - resumeNanos < 0) {
            return false;
        }
        if (paused) {
            paused = false;
            delayed = false;
            reader.resume();
        }
        return true;
    }

    /** The client has used up its limit of requests for now. */
    private void delay(long millis) {
        paused = true;
        delayed = true;
        resumeNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        shared.clock().schedule(this::signal, millis, TimeUnit.MILLISECONDS);
    }

    /** @return whether there is a line to take */
    private boolean findLine() throws IOException {
        held = reader.next(new Arriving());
        if (held != null) {
            return true;
        }
        Duration timeout = shared.settings().bodyTimeout();
        if (allRead || in.isFinished()) {
            held = reader.last();
            inputOver = held == null;
        } else if (reader.arrivingNanos() > timeout.toNanos()) {
            cut(HttpStatus.REQUEST_TIMEOUT, "A line did not arrive within " + timeout.toMillis() + " ms.");
        } else if (reads == 0) {
            signal();
        }
        return held != null;
    }

    private final class Arriving implements ArrivingBody.Source {
        @Override
        public boolean isReady() {
            return reads > 0 && !allRead && in.isReady() && !in.isFinished();
        }

        @Override
        public int read(byte[] buffer, int from, int length) throws IOException {
            reads--;
            return in.read(buffer, from, length);
        }
    }

    private void take(LineReader.Line line) {
        LinesUnderWay.Entry entry = underWay.add(line.number(), line.bytes().length);
        if (line.fault() == LineReader.Fault.TOO_LONG) {
            entry.failed(new ResponseStatusException(
                    HttpStatus.PAYLOAD_TOO_LARGE, "The line is longer than " + longest + " bytes."));
        } else if (line.fault() != null) {
            entry.failed(new ServiceUnavailable("Too many requests are being read.", null));
        } else {
            try {
                handler.handle(line.bytes(), entry);
            } catch (RuntimeException | Error e) {
                entry.failed(e);
            }
        }
    }

    /** A line has as long as a request that it would have been alone. One timer serves all lines. */
    private void expire() {
        if (out != null) {
            long next = underWay.expire(shared.settings().timeout().toNanos());
            if (next > 0 && !watched) {
                watched = true;
                shared.clock().schedule(this::watch, next, TimeUnit.NANOSECONDS);
            }
        }
    }

    private void watch() {
        watched = false;
        signal();
    }

    /** Reads no more; the last line of the response will say why, and from where on. */
    private void cut(HttpStatus status, String why) {
        if (!inputOver) {
            inputOver = true;
            early = true;
            discarded = new byte[8 * 1024];
            long from = held == null ? reader.lines() + 1 : held.number();
            held = null;
            underWay.add(0, 0)
                    .failed(new ResponseStatusException(
                            status, why + " Nothing from line " + from + " on was accepted: send that again."));
            collect();
        }
    }

    /** Writes what waits, as much as the server takes, and ends the response after its last line. */
    private void write() {
        try {
            boolean over = inputOver && held == null && underWay.isEmpty() && discard();
            boolean full = out.waiting() > MAX_WAITING;
            if (out.write(over) && over) {
                close();
            } else if (full && out.waiting() == 0) {
                signal(); // there is room to read
            }
        } catch (IOException | IllegalStateException e) {
            fail(e);
        }
    }

    /**
     * After a response that ended early: reads on for a moment and keeps nothing. A connection that is closed while its client
     * still sends may lose the last line.
     *
     * @return whether the response may end now
     */
    private boolean discard() throws IOException {
        if (!early || failure != null) {
            return true;
        }
        if (discardUntil == 0) {
            discardUntil = System.nanoTime() + DISCARD_NANOS;
            shared.clock().schedule(this::signal, DISCARD_NANOS, TimeUnit.NANOSECONDS);
        }
        reads = READS_A_RUN;
        Arriving source = new Arriving();
        while (source.isReady()) {
            source.read(discarded, 0, discarded.length);
        }
        if (reads == 0) {
            signal();
        }
        return allRead || in.isFinished() || System.nanoTime() - discardUntil >= 0;
    }

    private void close() {
        closed = true;
        inputOver = true;
        held = null;
        endIfDone(); // before the client, who may send the next request at once, knows of the end
        if (out != null) {
            reader.close();
            out.complete();
        }
    }
}
