package dev.caravan.http;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the response of a servlet: a small body goes into the server's buffer, a large one is written as the client reads
 * it, until the server's idle timeout.
 */
final class ServletResponseWriter implements ResponseWriter {
    private static final Logger LOG = LoggerFactory.getLogger(ServletResponseWriter.class);

    /** Bytes that every server buffers at least before it sends (8 KiB in Jetty: a quarter of its buffer). */
    private static final int BUFFERED = 8 * 1024;

    private final AsyncContext context;

    private ServletResponseWriter(AsyncContext context) {
        this.context = context;
    }

    static PendingResponse respondTo(HttpServletRequest request) {
        ServletResponseWriter writer = new ServletResponseWriter(request.startAsync());
        // Not the container's timeout: it would also disconnect a client that is still reading a large response.
        writer.context.setTimeout(0);
        PendingResponse pending =
                new PendingResponse(writer, request.getRequestURI(), "HEAD".equals(request.getMethod()));
        writer.context.addListener(new Listener(pending));
        return pending;
    }

    @Override
    public void begin(RestResponse reply, boolean head) {
        reply.begin((HttpServletResponse) context.getResponse(), head);
    }

    @Override
    public void end(byte[] body) throws IOException {
        ServletOutputStream out = context.getResponse().getOutputStream();
        if (body.length == 0) {
            complete();
        } else if (body.length < BUFFERED) {
            // Without a Content-Length the write only fills the buffer; the server adds the length when it sends.
            out.write(body);
            complete();
        } else {
            context.getResponse().setContentLength(body.length);
            out.setWriteListener(new LargeBody(out, body));
        }
    }

    @Override
    public void complete() {
        try {
            context.complete();
        } catch (IllegalStateException e) {
            LOG.debug("Already over", e);
        }
    }

    @Override
    public void unavailable() {
        unavailable((HttpServletResponse) context.getResponse());
    }

    static void unavailable(HttpServletResponse response) {
        if (!response.isCommitted()) {
            response.setStatus(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
            response.setHeader("Connection", "close");
        }
    }

    @Override
    public AsyncContext context() {
        return context;
    }

    private record Listener(PendingResponse pending) implements AsyncListener {
        @Override
        public void onError(AsyncEvent event) {
            pending.abandon();
        }

        @Override
        public void onTimeout(AsyncEvent event) {}

        @Override
        public void onComplete(AsyncEvent event) {}

        @Override
        public void onStartAsync(AsyncEvent event) {}
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
            LOG.debug("The client went away", failure);
            complete();
        }
    }
}
