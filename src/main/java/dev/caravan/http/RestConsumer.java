package dev.caravan.http;

import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePattern;
import org.apache.camel.Processor;
import org.apache.camel.component.platform.http.PlatformHttpEndpoint;
import org.apache.camel.component.platform.http.springboot.SpringBootPlatformHttpConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;

/**
 * Sends the requests of one REST operation to its route, and the route's responses to the clients.
 *
 * <p>No thread waits for a route: the exchange is processed asynchronously, and the thread that completes it sends the
 * response. A stopped or suspended route responds with 503 and {@code Retry-After}; requests in the route count as in
 * flight, so that a graceful stop waits for them.
 *
 * <p>Extends Camel's own consumer for one reason: {@code CamelRequestHandlerMapping} of Camel 4.17 looks up {@code
 * service} on that very class. None of its behaviour is used. (Its constructor makes an executor; as nothing is ever
 * handed to it, it starts no thread.)
 */
final class RestConsumer extends SpringBootPlatformHttpConsumer {

    private static final Logger LOG = LoggerFactory.getLogger(RestConsumer.class);

    private final Shared shared;

    /**
     * What all consumers share.
     *
     * @param clock runs timeouts
     * @param arriving the memory of all bodies that are arriving
     * @param strangers what clients without a login have of it
     * @param paths has all consumers that were started
     * @param lines what holds for each line of a streamed request
     */
    record Shared(
            HttpSettings settings,
            ScheduledExecutorService clock,
            BufferedBytes arriving,
            StrangersBytes strangers,
            RequestHeaders requestHeaders,
            RouteResponse routeResponse,
            EventStreams streams,
            RestPaths paths,
            LineAccess lines) {}

    RestConsumer(PlatformHttpEndpoint endpoint, Processor processor, Shared shared) {
        super(endpoint, processor, Runnable::run);
        this.shared = shared;
    }

    /**
     * Called through {@link RestHandlerAdapter}.
     *
     * @return always null: Spring MVC then regards the request as handled
     */
    @Override
    public CompletableFuture<Void> service(HttpServletRequest request, HttpServletResponse response) {
        try {
            accept(request, response);
        } catch (IOException e) {
            LOG.debug("The client went away at {}", request.getRequestURI(), e);
            ServletResponseWriter.unavailable(response);
        }
        return null;
    }

    private void accept(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (!isStarted()) {
            Problems.write(notRunning(), Problems.retrying(), request, response);
            return;
        }
        boolean streams = getEndpoint().isUseStreaming();
        long length = request.getContentLengthLong();
        if (!streams && !mayTake(length)) {
            long limit = shared.settings().maxBody().toBytes();
            ProblemDetail problem =
                    Problems.of(HttpStatus.PAYLOAD_TOO_LARGE, "The request body is larger than " + limit + " bytes.");
            Problems.write(problem, Problems.closing(), request, response);
            return;
        }
        Map<String, Object> headers;
        try {
            headers = headers(RestRequest.of(request));
        } catch (IllegalArgumentException e) {
            ProblemDetail problem = Problems.of(HttpStatus.BAD_REQUEST, "The query is not properly percent-encoded.");
            Problems.write(problem, HttpHeaders.EMPTY, request, response);
            return;
        }
        ServletInputStream in = request.getInputStream();
        Caller caller = Caller.of(request);
        PendingResponse pending = ServletResponseWriter.respondTo(request);
        if (streams) {
            LineAccess.Client client = shared.lines().of(request);
            new ServletLineReader(in, client, pending, reader -> routeOrFail(headers, caller, null, pending, reader))
                    .begin();
            return;
        }
        new ServletBodyReader(in, body(headers, caller, length, pending, Runnable::run)).begin();
    }

    /**
     * A body that has begun to arrive, after which the request goes to the route.
     *
     * @param length of the body as announced, -1 for none
     * @param executor runs the route up to the first step that waits
     */
    ArrivingBody body(
            Map<String, Object> headers, Caller caller, long length, PendingResponse pending, Executor executor) {
        BodyRoom room = caller.user() == null ? shared.strangers().of(caller.address()) : shared.arriving();
        return new ArrivingBody(length, shared, room, pending, body -> {
            try {
                executor.execute(() -> routeOrFail(headers, caller, body, pending, null));
            } catch (RejectedExecutionException e) {
                LOG.debug("No thread for {}", pending.path(), e);
                ProblemDetail problem = Problems.of(HttpStatus.SERVICE_UNAVAILABLE, "Too many requests are waiting.");
                pending.send(Problems.reply(problem, Problems.retrying(), pending.path()));
            }
        });
    }

    /** No caller would respond to what is thrown. */
    private void routeOrFail(
            Map<String, Object> headers,
            Caller caller,
            byte[] body,
            PendingResponse pending,
            ServletLineReader reader) {
        try {
            route(headers, caller, body, pending, reader);
        } catch (RuntimeException | Error e) {
            LOG.error("A request to {} failed before its route", pending.path(), e);
            pending.send(Problems.reply(e, pending.path()));
        }
    }

    /** The headers of the message that a request becomes, as {@link RequestHeaders#of} makes them. */
    Map<String, Object> headers(RestRequest request) {
        return shared.requestHeaders().of(request);
    }

    /** Whether a body of this length may come. */
    boolean mayTake(long length) {
        return length <= shared.settings().maxBody().toBytes();
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        shared.paths().add(this);
    }

    @Override
    protected void doStop() throws Exception {
        shared.paths().remove(this);
        super.doStop();
    }

    /**
     * @param body null if there is none, or the route streams
     * @param reader of the body, if the route streams
     */
    private void route(
            Map<String, Object> headers,
            Caller caller,
            byte[] body,
            PendingResponse pending,
            ServletLineReader reader) {
        if (!isStarted()) {
            pending.send(Problems.reply(notRunning(), Problems.retrying(), pending.path()));
            return;
        }
        Exchange exchange = createExchange(false);
        exchange.setPattern(ExchangePattern.InOut);
        headers.forEach(exchange.getIn()::setHeader);
        if (caller.user() != null) {
            exchange.setProperty(HttpProperties.USER, caller.user());
        }
        if (caller.operator()) {
            exchange.setProperty(HttpProperties.OPERATOR, true);
        }
        if (reader != null) {
            exchange.setProperty(HttpProperties.LINES, reader.client());
        }
        exchange.getIn().setBody(body);
        try {
            createUoW(exchange);
        } catch (Exception e) {
            pending.send(failure(exchange, e, pending.path()));
            releaseExchange(exchange, false);
            return;
        }
        getAsyncProcessor().process(exchange, doneSync -> finish(exchange, headers, pending, reader));
        pending.within(shared.settings().timeout(), shared.clock());
    }

    private void finish(
            Exchange exchange, Map<String, Object> received, PendingResponse pending, ServletLineReader reader) {
        try {
            RestResponse reply = reply(exchange, received, pending.path());
            Object body = exchange.getMessage().getBody();
            if (body instanceof EventStream stream) {
                follow(exchange, reply, stream, pending);
            } else if (body instanceof LineStream lines) {
                stream(exchange, reply, lines, pending, reader);
            } else if (!pending.send(reader == null ? reply : closing(reply))) {
                LOG.debug(
                        "Exchange {} completed after the response to {} had been sent",
                        exchange.getExchangeId(),
                        pending.path());
            }
        } finally {
            doneUoW(exchange);
            releaseExchange(exchange, false);
        }
    }

    private void follow(Exchange exchange, RestResponse reply, EventStream stream, PendingResponse pending) {
        if (exchange.getException() == null) {
            String user = exchange.getProperty(HttpProperties.USER, String.class);
            shared.streams().open(pending, reply, stream, user, shared.clock());
        } else {
            stream.end();
            pending.send(reply);
        }
    }

    private void stream(
            Exchange exchange,
            RestResponse reply,
            LineStream lines,
            PendingResponse pending,
            ServletLineReader reader) {
        boolean sent = false;
        try {
            sent = exchange.getException() == null
                    && reader != null
                    && pending.send(reply, context -> reader.handOver(lines, context, shared));
        } finally {
            if (!sent) {
                lines.failed(new IOException("The client does not get this stream"));
            }
        }
        if (exchange.getException() != null) {
            pending.send(closing(reply));
        } else if (reader == null) {
            Exception mistake = new IllegalStateException("A LineStream needs the option useStreaming");
            pending.send(failure(exchange, mistake, pending.path()));
        }
    }

    /** A response of a route that streams: without a stream, the request was not read. */
    private static RestResponse closing(RestResponse reply) {
        HttpHeaders headers = Problems.closing();
        headers.putAll(reply.headers());
        return new RestResponse(reply.status(), headers, reply.body());
    }

    private RestResponse reply(Exchange exchange, Map<String, Object> received, String path) {
        Exception failure = exchange.getException();
        if (failure == null) {
            try {
                return shared.routeResponse().of(exchange, received);
            } catch (Exception e) {
                failure = e;
            }
        }
        return failure(exchange, failure, path);
    }

    private RestResponse failure(Exchange exchange, Exception failure, String path) {
        if (Problems.errorResponse(failure) == null) {
            LOG.error("Exchange {} failed at {}", exchange.getExchangeId(), path, failure);
        }
        return Problems.reply(failure, path);
    }

    private static ProblemDetail notRunning() {
        return Problems.of(HttpStatus.SERVICE_UNAVAILABLE, "The route that serves this path is not running.");
    }
}
