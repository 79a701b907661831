package dev.caravan.http;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
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
 * that does not read must not stop it: a small body goes into the server's buffer, a large one is written as the client
 * reads it, until the server's idle timeout.
 *
 * <p>Thread-safe. Must not be sent before the dispatch of the request has returned through the filters, which may still
 * set headers on the same response; {@link BodyReader} ensures that.
 */
final class PendingResponse implements AsyncListener {

    private static final Logger LOG = LoggerFactory.getLogger(PendingResponse.class);

    /** Bytes that every server buffers at least before it sends (8 KiB in Jetty: a quarter of its buffer). */
    private static final int BUFFERED = 8 * 1024;

    private final AsyncContext context;
    private final String path;
    private final boolean head;
    private boolean sent;
    private ScheduledFuture<?> deadline;

    private PendingResponse(AsyncContext context, String path, boolean head) {
        this.context = context;
        this.path = path;
        this.head = head;
    }

    static PendingResponse to(HttpServletRequest request) {
        PendingResponse pending =
                new PendingResponse(request.startAsync(), request.getRequestURI(), "HEAD".equals(request.getMethod()));
        // Not the container's timeout: it would also disconnect a client that is still reading a large response.
        pending.context.setTimeout(0);
        pending.context.addListener(pending);
        return pending;
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
        return send(reply, all -> body(reply));
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
    synchronized boolean send(RestResponse reply, Body body) {
        if (sent) {
            return false;
        }
        sent = true;
        if (deadline != null) {
            deadline.cancel(false);
        }
        try {
            reply.begin((HttpServletResponse) context.getResponse(), head);
            if (head) {
                complete();
            } else {
                body.begin(context);
            }
        } catch (IOException | IllegalStateException e) {
            LOG.debug("The client of {} disconnected before the response", path, e);
            complete();
            return false;
        }
        return true;
    }

    private void body(RestResponse reply) throws IOException {
        ServletOutputStream out = context.getResponse().getOutputStream();
        if (reply.body().length == 0) {
            complete();
        } else if (reply.body().length < BUFFERED) {
            // Without a Content-Length the write only fills the buffer; the server adds the length when it sends.
            out.write(reply.body());
            complete();
        } else {
            context.getResponse().setContentLength(reply.body().length);
            out.setWriteListener(new LargeBody(out, reply.body()));
        }
    }

    @Override
    public synchronized void onError(AsyncEvent event) {
        if (!sent) {
            sent = true;
            unavailable((HttpServletResponse) context.getResponse());
        }
        complete();
    }

    /** Keeps a request without a response from ending as an empty 200. */
    static void unavailable(HttpServletResponse response) {
        if (!response.isCommitted()) {
            response.setStatus(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
            response.setHeader("Connection", "close");
        }
    }

    @Override
    public void onTimeout(AsyncEvent event) {}

    @Override
    public void onComplete(AsyncEvent event) {}

    @Override
    public void onStartAsync(AsyncEvent event) {}

    private void complete() {
        try {
            context.complete();
        } catch (IllegalStateException e) {
            LOG.debug("Already over at {}", path, e);
        }
    }

    /** Writes a body as fast as the client reads it, holding no thread in between. */
    private final class LargeBody implements WriteListener {

        private final ServletOutputStream out;
        private byte[] body;

        LargeBody(ServletOutputStream out, byte[] body) {
            this.out = out;
            this.body = body;
        }

        @Override
        public void onWritePossible() throws IOException {
            while (out.isReady()) {
                if (body == null) {
                    complete();
                    return;
                }
                byte[] all = body;
                body = null;
                out.write(all);
            }
        }

        @Override
        public void onError(Throwable failure) {
            LOG.debug("The client went away at {}", path, failure);
            complete();
        }
    }
}
