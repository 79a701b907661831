package dev.caravan.http;

import jakarta.servlet.AsyncContext;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;

/**
 * The response to one request. The first of route, failure and timeout sends it; later ones are dropped. The caller
 * need not care whether the client is still connected.
 *
 * <p>Sending never blocks, because the calling thread may serve all connections to a broker or to Redis, and a client
 * that does not read must not stop it.
 *
 * <p>Thread-safe. That of a servlet must not be sent before the dispatch of the request has returned through the filters,
 * which may still set headers on the same response; {@link ServletBodyReader} ensures that.
 */
final class PendingResponse {

    private static final Logger LOG = LoggerFactory.getLogger(PendingResponse.class);

    private final ResponseWriter writer;
    private final String path;
    private final boolean head;
    private boolean sent;
    private ScheduledFuture<?> deadline;

    /**
     * @param path of the request, undecoded
     * @param head whether the request is a HEAD, which wants the headers only
     */
    PendingResponse(ResponseWriter writer, String path, boolean head) {
        this.writer = writer;
        this.path = path;
        this.head = head;
    }

    /** Responds with 503 when the time is up, unless a response has been sent by then. */
    synchronized void within(Duration timeout, ScheduledExecutorService clock) {
        if (!sent) {
            deadline = clock.schedule(this::tooLate, timeout.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void tooLate() {
        ProblemDetail problem = Problems.of(HttpStatus.SERVICE_UNAVAILABLE, "The route did not respond in time.");
        send(Problems.reply(problem, Problems.retrying(), path));
    }

    /** Whether the request is a HEAD, which wants the headers only. */
    boolean isHead() {
        return head;
    }

    String path() {
        return path;
    }

    /**
     * Sends the response, unless one has been sent.
     *
     * @return whether this was the first
     */
    boolean send(RestResponse reply) {
        return send(reply, () -> writer.end(reply.body()));
    }

    /** Writes the body of a response that has its status and headers, and completes it then or later. */
    interface Body {
        void begin(AsyncContext context) throws IOException;
    }

    /**
     * Sends a response whose body the caller writes and completes.
     *
     * @return whether this was the first, and the client was connected
     */
    boolean send(RestResponse reply, Body body) {
        return send(reply, () -> body.begin(writer.context()));
    }

    private interface Sending {
        void begin() throws IOException;
    }

    private synchronized boolean send(RestResponse reply, Sending body) {
        if (sent) {
            return false;
        }
        sent = true;
        if (deadline != null) {
            deadline.cancel(false);
        }
        try {
            writer.begin(reply, head);
            if (head) {
                writer.complete();
            } else {
                body.begin();
            }
        } catch (IOException | IllegalStateException e) {
            LOG.debug("The client of {} disconnected before the response", path, e);
            writer.complete();
            return false;
        }
        return true;
    }

    /** The server has given the request up. */
    synchronized void abandon() {
        if (!sent) {
            sent = true;
            writer.unavailable();
        }
        writer.complete();
    }
}
