package dev.caravan.event;

import dev.caravan.http.EventStream;
import dev.caravan.http.JsonBody;
import dev.caravan.http.ServiceUnavailable;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.apache.camel.Exchange;
import org.apache.camel.Header;
import org.apache.camel.Message;
import org.apache.camel.builder.RouteBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.amqp.AmqpException;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ResponseStatusException;

/**
 * The REST contract of events ({@code static/openapi.yaml}). It reads requests and writes responses; the route
 * {@code events-publish} publishes the event. Only the JSON and the key of a request go on from here.
 */
@Component
public class EventApi extends RouteBuilder {
    private static final Logger LOG = LoggerFactory.getLogger(EventApi.class);
    private static final String NO_BODY = "The request needs a JSON body: the event.";

    private final EventSettings settings;
    private final EventStreamSubscribers subscribers;
    private final boolean publishes;
    private final boolean subscribes;

    EventApi(EventSettings settings, EventStreamSubscribers subscribers, @Value("${caravan.roles}") Set<String> roles) {
        this.settings = settings;
        this.subscribers = subscribers;
        this.publishes = roles.contains("api");
        this.subscribes = roles.contains("events");
    }

    @Override
    public void configure() {
        // The client reads its own mistakes; the log does not need them.
        errorHandler(noErrorHandler());

        rest("/events")
                .id("events-api")
                .disabled(!publishes && !subscribes)
                .post()
                .routeId("rest-events-publish")
                .to("direct:api-publish")
                .post("/{key}")
                .routeId("rest-events-publish-key")
                .to("direct:api-publish-key")
                .get()
                .routeId("rest-events-subscribe")
                .to("direct:api-subscribe")
                .get("/{key}")
                .routeId("rest-events-subscribe-key")
                .to("direct:api-subscribe-key");

        from("direct:api-publish")
                .routeId("api-publish")
                .description("POST /events: publishes an event without a key")
                .removeHeader("key") // a query parameter of that name
                .to("direct:api-publish-key");

        from("direct:api-publish-key")
                .routeId("api-publish-key")
                .description("POST /events/{key}: 202 once the broker has the event")
                .process(this::readEvent)
                .doTry()
                .to("direct:events-publish")
                .doCatch(AmqpException.class)
                .process(EventApi::unavailable)
                .end()
                .process(EventApi::accepted);

        from("direct:api-subscribe")
                .routeId("api-subscribe")
                .description("GET /events: streams the events that have no key")
                .removeHeader("key")
                .to("direct:api-subscribe-key");

        from("direct:api-subscribe-key")
                .routeId("api-subscribe-key")
                .description("GET /events/{key}: streams the events with the key")
                .bean(this, "subscribe");
    }

    private void readEvent(Exchange exchange) {
        if (!publishes) {
            throw problem(HttpStatus.NOT_FOUND, "This node does not publish events: it lacks the role api.");
        }
        Message request = exchange.getMessage();
        String key = key(request.getHeader("key", String.class));
        String text = text(request.getHeader(Exchange.CONTENT_TYPE, String.class), (byte[]) request.getBody());
        String id = UUID.randomUUID().toString();
        request.removeHeaders("*");
        request.setBody(text);
        request.setHeader(EventHeaders.ID, id);
        request.setHeader(
                EventHeaders.TIME, Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        if (key != null) {
            request.setHeader(EventHeaders.KEY, key);
        }
        exchange.setVariable(EventHeaders.ID, id);
    }

    private static String key(String key) {
        if (key != null && !EventKeys.isKey(key)) {
            throw problem(HttpStatus.BAD_REQUEST, "A key is 1 to 100 of A-Z a-z 0-9 . _ : -");
        }
        return key;
    }

    private String text(String contentType, byte[] body) {
        if (body == null || body.length == 0) {
            throw problem(HttpStatus.BAD_REQUEST, NO_BODY);
        }
        if (!JsonBody.isJson(contentType)) {
            throw problem(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                    "An event must be JSON, sent as Content-Type: application/json.");
        }
        if (body.length > settings.maxEvent().toBytes()) {
            throw problem(
                    HttpStatus.PAYLOAD_TOO_LARGE,
                    "The event is over " + settings.maxEvent().toBytes() + " bytes.");
        }
        try {
            String text = JsonBody.read(body);
            if (text != null) {
                return text;
            }
        } catch (IllegalArgumentException e) {
            throw problem(HttpStatus.BAD_REQUEST, e.getMessage());
        }
        throw problem(HttpStatus.BAD_REQUEST, NO_BODY);
    }

    private static void accepted(Exchange exchange) {
        Message response = exchange.getMessage();
        response.removeHeaders("*");
        response.setHeader(Exchange.HTTP_RESPONSE_CODE, HttpStatus.ACCEPTED.value());
        response.setBody("{\"eventId\":\"" + exchange.getVariable(EventHeaders.ID, String.class) + "\"}");
    }

    private static void unavailable(Exchange exchange) {
        Throwable cause = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class);
        String what = "The event was not accepted: ";
        LOG.warn("{}{}", what, cause.toString());
        throw new ServiceUnavailable(what + "the message broker did not confirm it in time.", cause);
    }

    /** The response streams events until the client closes it. */
    public CompletableFuture<EventStream> subscribe(
            @Header("key") String key, @Header("Last-Event-ID") String lastId, Exchange exchange) {
        if (!subscribes) {
            throw problem(HttpStatus.NOT_FOUND, "This node does not stream events: it lacks the role events.");
        }
        String wanted = key(key);
        exchange.getMessage().removeHeaders("*");
        try {
            return subscribers.subscribe(wanted, lastId);
        } catch (IllegalStateException e) {
            throw new ServiceUnavailable(e.getMessage() + ".", e);
        }
    }

    private static ResponseStatusException problem(HttpStatus status, String detail) {
        return new ResponseStatusException(status, detail);
    }
}
