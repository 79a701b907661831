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
import org.springframework.http.ProblemDetail;
import org.springframework.stereotype.Component;
import org.springframework.web.ErrorResponseException;

/**
 * The REST contract of events ({@code static/openapi.yaml}). It understands requests and words answers; what becomes of an
 * event is the route {@code events-publish}. Of a request only the JSON and the key go on from here.
 */
@Component
public class EventApi extends RouteBuilder {
    private static final Logger LOG = LoggerFactory.getLogger(EventApi.class);
    private static final String NOTHING = "An event has a body, which is JSON.";

    private final EventSettings settings;
    private final EventFollowers followers;
    private final boolean publishes;
    private final boolean follows;

    EventApi(EventSettings settings, EventFollowers followers, @Value("${caravan.roles}") Set<String> roles) {
        this.settings = settings;
        this.followers = followers;
        this.publishes = roles.contains("api");
        this.follows = roles.contains("events");
    }

    @Override
    public void configure() {
        // What a client did wrong is for the client to read, not for the log.
        errorHandler(noErrorHandler());

        rest("/events")
                .id("events-api")
                .disabled(!publishes && !follows)
                .post()
                .routeId("rest-events-publish")
                .to("direct:api-publish")
                .post("/{key}")
                .routeId("rest-events-publish-key")
                .to("direct:api-publish-key")
                .get()
                .routeId("rest-events-follow")
                .to("direct:api-follow")
                .get("/{key}")
                .routeId("rest-events-follow-key")
                .to("direct:api-follow-key");

        from("direct:api-publish")
                .routeId("api-publish")
                .description("POST /events: an event for all")
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

        from("direct:api-follow")
                .routeId("api-follow")
                .description("GET /events: the events for all, as they come")
                .removeHeader("key")
                .to("direct:api-follow-key");

        from("direct:api-follow-key")
                .routeId("api-follow-key")
                .description("GET /events/{key}: the events with a key, as they come")
                .bean(this, "follow");
    }

    private void readEvent(Exchange exchange) {
        if (!publishes) {
            throw problem(HttpStatus.NOT_FOUND, "Events are not published through this node: it has not the role api.");
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
            throw problem(HttpStatus.BAD_REQUEST, NOTHING);
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
        throw problem(HttpStatus.BAD_REQUEST, NOTHING);
    }

    private static void accepted(Exchange exchange) {
        Message answer = exchange.getMessage();
        answer.removeHeaders("*");
        answer.setHeader(Exchange.HTTP_RESPONSE_CODE, HttpStatus.ACCEPTED.value());
        answer.setBody("{\"eventId\":\"" + exchange.getVariable(EventHeaders.ID, String.class) + "\"}");
    }

    private static void unavailable(Exchange exchange) {
        Throwable cause = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class);
        String what = "The event was not accepted: ";
        LOG.warn("{}{}", what, cause.toString());
        throw new ServiceUnavailable(what + "the message broker did not do its part in time.", cause);
    }

    /** The answer goes on for as long as the client wants it to. */
    public CompletableFuture<EventStream> follow(
            @Header("key") String key, @Header("Last-Event-ID") String lastId, Exchange exchange) {
        if (!follows) {
            throw problem(HttpStatus.NOT_FOUND, "Events are not followed on this node: it has not the role events.");
        }
        String followed = key(key);
        exchange.getMessage().removeHeaders("*");
        try {
            return followers.follow(followed, lastId);
        } catch (IllegalStateException e) {
            throw new ServiceUnavailable(e.getMessage() + ".", e);
        }
    }

    private static ErrorResponseException problem(HttpStatus status, String detail) {
        return new ErrorResponseException(status, ProblemDetail.forStatusAndDetail(status, detail), null);
    }
}
