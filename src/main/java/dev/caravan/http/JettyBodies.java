package dev.caravan.http;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.content.ByteBufferContentSource;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;
import org.springframework.boot.web.embedded.jetty.JettyServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/**
 * Collects the body of a request, however slowly it arrives, before a servlet that reads it with a blocked thread gets
 * the request: slow clients could block all threads. Routes use {@link ArrivingBody} instead.
 *
 * <p>A request with neither credentials nor the token of a page passes at once, to be rejected unread.
 *
 * <p>Jetty's own {@code DelayedHandler} knows no deadline, lets a request with {@code Expect: 100-continue} through,
 * and would take the forms that are for routes.
 */
@Component
class JettyBodies implements WebServerFactoryCustomizer<JettyServletWebServerFactory> {
    /** The form for logins, Jolokia, and what the actuator takes. */
    private static final List<String> PATHS = List.of("/login", "/hawtio/jolokia", "/actuator");

    private static final int LARGEST = 256 * 1024;
    /** Bytes of all of these that are held at the same time. Small ones, such as a form, do not count. */
    private static final long MOST = 8L * 1024 * 1024;

    private static final int SMALL = 4 * 1024;

    private final Duration timeout;

    JettyBodies(HttpSettings settings) {
        this.timeout = settings.bodyTimeout();
    }

    @Override
    public void customize(JettyServletWebServerFactory factory) {
        List<String> paths =
                PATHS.stream().map(path -> factory.getContextPath() + path).toList();
        factory.addServerCustomizers(server -> {
            Collector collector = new Collector(paths, timeout);
            collector.setHandler(server.getHandler());
            server.setHandler(collector);
        });
    }

    private static final class Collector extends Handler.Wrapper {
        private final List<String> paths;
        private final Duration timeout;
        private final BufferedBytes held = new BufferedBytes(MOST);

        Collector(List<String> paths, Duration timeout) {
            this.paths = paths;
            this.timeout = timeout;
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            if (!isCollected(request)) {
                return super.handle(request, response, callback);
            }
            Body body = new Body(request, response, callback);
            if (request.getLength() > LARGEST) {
                body.tooLarge();
            } else if (body.isComplete()) {
                return super.handle(body.whole(), response, callback);
            }
            return true;
        }

        private boolean isCollected(Request request) {
            var headers = request.getHeaders();
            if (request.getLength() <= 0 && !headers.contains(HttpHeader.TRANSFER_ENCODING)
                    || !headers.contains(HttpHeader.AUTHORIZATION) && !headers.contains("X-XSRF-TOKEN")) {
                return false;
            }
            String path = request.getHttpURI().getCanonicalPath();
            return path != null
                    && paths.stream()
                            .anyMatch(one -> path.startsWith(one)
                                    && (path.length() == one.length() || path.charAt(one.length()) == '/'));
        }

        /** A body that is arriving. Ends complete, or with a response that closes the connection. */
        private final class Body implements Runnable {
            private final Request request;
            private final Response response;
            private final Callback callback;
            private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            private Scheduler.Task deadline;
            /** Bytes that count in {@link #held}. */
            private int counted;

            private boolean over;

            Body(Request request, Response response, Callback callback) {
                this.request = request;
                this.response = response;
                this.callback = callback;
                Request.addCompletionListener(request, failure -> release());
            }

            /** Whether all of it has arrived. If not, this runs again when more arrives. */
            synchronized boolean isComplete() {
                while (!over) {
                    Content.Chunk chunk = request.read();
                    if (chunk == null) {
                        if (deadline == null) {
                            deadline = request.getComponents()
                                    .getScheduler()
                                    .schedule(this::tooSlow, timeout.toMillis(), TimeUnit.MILLISECONDS);
                        }
                        request.demand(this);
                        return false;
                    }
                    if (Content.Chunk.isFailure(chunk)) {
                        if (chunk.getFailure() instanceof TimeoutException) {
                            tooSlow();
                        } else {
                            fail(HttpStatus.BAD_REQUEST, "The request body could not be read to its end.");
                        }
                        return false;
                    }
                    take(chunk.getByteBuffer());
                    chunk.release();
                    if (!over && chunk.isLast()) {
                        end();
                        return true;
                    }
                }
                return false;
            }

            @Override
            public void run() {
                if (isComplete()) {
                    // On another thread: Jetty reports nothing more on this connection until this method returns.
                    request.getContext().execute(this::handOn);
                }
            }

            private void handOn() {
                Request whole = whole();
                try {
                    if (!Collector.super.handle(whole, response, callback)) {
                        Response.writeError(whole, response, callback, HttpStatus.NOT_FOUND.value());
                    }
                } catch (Throwable e) {
                    Response.writeError(whole, response, callback, e);
                }
            }

            Request whole() {
                return new Whole(request, new ByteBufferContentSource(ByteBuffer.wrap(bytes.toByteArray())));
            }

            private void take(ByteBuffer some) {
                int count = some.remaining();
                if (bytes.size() + count > LARGEST) {
                    tooLarge();
                } else if (bytes.size() + count > SMALL && !held.take(bytes.size() + count - counted)) {
                    fail(HttpStatus.SERVICE_UNAVAILABLE, "Too many requests are being read.");
                } else {
                    byte[] copy = new byte[count];
                    some.get(copy);
                    bytes.writeBytes(copy);
                    counted = bytes.size() > SMALL ? bytes.size() : 0;
                }
            }

            private synchronized void release() {
                end();
                held.giveBack(counted);
                counted = 0;
                bytes.reset();
            }

            synchronized void tooLarge() {
                fail(HttpStatus.PAYLOAD_TOO_LARGE, "The request body is larger than " + LARGEST + " bytes.");
            }

            private synchronized void tooSlow() {
                fail(HttpStatus.REQUEST_TIMEOUT, "The request body took too long to arrive.");
            }

            private void fail(HttpStatus status, String detail) {
                if (!over) {
                    end();
                    JettyProblems.respond(response, Problems.of(status, detail), callback);
                }
            }

            private void end() {
                over = true;
                if (deadline != null) {
                    deadline.cancel();
                }
            }
        }
    }

    /** A request whose body has arrived. */
    private static final class Whole extends Request.Wrapper {
        private final Content.Source body;

        Whole(Request request, Content.Source body) {
            super(request);
            this.body = body;
        }

        @Override
        public Content.Chunk read() {
            return body.read();
        }

        @Override
        public void demand(Runnable more) {
            body.demand(more);
        }

        @Override
        public void fail(Throwable failure) {
            body.fail(failure);
        }
    }
}
