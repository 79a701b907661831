package dev.caravan.routes.http;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.caravan.http.HttpProperties;
import dev.caravan.http.JsonBody;
import java.io.IOException;
import java.util.function.Function;
import org.apache.camel.Exchange;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.server.ResponseStatusException;

/** What a request for routes says: whose it is, and its JSON. */
final class RouteRequest {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private RouteRequest() {}

    /** The name of the user; null for nobody. */
    static String user(Exchange exchange) {
        return exchange.getProperty(HttpProperties.USER, String.class);
    }

    /** The same for the log and the history. */
    static String by(Exchange exchange) {
        String user = user(exchange);
        return user == null ? "REST" : user + " over REST";
    }

    /** Replaces the body by what it says. */
    static void readJson(Exchange exchange, String what, Function<byte[], Object> read) {
        if (!JsonBody.isJson(exchange.getMessage().getHeader(Exchange.CONTENT_TYPE, String.class))) {
            throw new ResponseStatusException(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE, what + " is sent as application/json.");
        }
        try {
            exchange.getMessage()
                    .setBody(read.apply((byte[]) exchange.getMessage().getBody()));
        } catch (IllegalArgumentException e) {
            throw new ResponseStatusException(HttpStatus.BAD_REQUEST, e.getMessage());
        }
    }

    /**
     * The JSON of a body; null for none.
     *
     * @param form what it should be, for the client
     * @throws IllegalArgumentException if it is something else, with a message for the client
     */
    static <T> T json(byte[] body, Class<T> kind, String form) {
        try {
            return body == null ? null : JSON.readValue(body, kind);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    form + ": "
                            + String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
                    e);
        }
    }

    /** For a request whose body is not read: no page of another site can send this type. */
    static void requireJson(Exchange exchange) {
        String contentType = exchange.getMessage().getHeader(Exchange.CONTENT_TYPE, String.class);
        if (contentType == null || !contentType.startsWith(MediaType.APPLICATION_JSON_VALUE)) {
            throw new ResponseStatusException(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                    "Send this with Content-Type: application/json, so that no page of another site can.");
        }
    }
}
