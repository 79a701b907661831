package dev.caravan.http;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.camel.Exchange;
import org.apache.camel.InvalidPayloadException;
import org.apache.camel.Message;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;

/**
 * Makes the response from a route's exchange.
 *
 * <p>Status: {@code CamelHttpResponseCode}, else 200, or 204 for a null body. Body: bytes as they are, text as UTF-8,
 * anything else as Camel's type converters turn it into bytes. Content type: the one that the route has set, else JSON
 * for bytes and text; {@code text/*} is told to be UTF-8. An {@link EventStream} or a {@link LineStream} is a response that continues.
 *
 * <p>Headers: those the route has set to text, numbers, booleans or lists of them. Headers of the request are left out:
 * a client knows its own idempotency key, and {@code ?Location=...} must not redirect anybody.
 */
final class RouteResponse {

    private final Set<String> requestHeaders = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

    /** @param allowed names of the request headers that enter routes; responses never contain them */
    RouteResponse(List<String> allowed) {
        requestHeaders.addAll(allowed);
        requestHeaders.remove(HttpHeaders.CONTENT_TYPE);
    }

    /**
     * @param exchange has ended, without an exception
     * @param received the headers with which it began, without regard to case
     * @throws IllegalArgumentException if the status or a header cannot be sent
     * @throws InvalidPayloadException if the body cannot be turned into bytes
     */
    RestResponse of(Exchange exchange, Map<String, Object> received) throws InvalidPayloadException {
        Message message = exchange.getMessage();
        Object content = message.getBody();
        HttpHeaders headers = new HttpHeaders();
        message.getHeaders().forEach((name, value) -> {
            if (goesOut(name) && received.get(name) != value) {
                add(headers, name, value);
            }
        });
        byte[] body = bytes(message, content);
        if (content instanceof EventStream || content instanceof LineStream) {
            headers.set(
                    HttpHeaders.CONTENT_TYPE,
                    content instanceof LineStream
                            ? MediaType.APPLICATION_NDJSON_VALUE
                            : MediaType.TEXT_EVENT_STREAM_VALUE);
            headers.set(HttpHeaders.CACHE_CONTROL, "no-store");
            headers.set("X-Accel-Buffering", "no"); // makes a proxy forward each part at once
        } else if (body.length > 0) {
            headers.set(HttpHeaders.CONTENT_TYPE, contentType(headers.getFirst(HttpHeaders.CONTENT_TYPE), content));
        }
        Integer status = message.getHeader(Exchange.HTTP_RESPONSE_CODE, Integer.class);
        HttpStatus usual = content == null ? HttpStatus.NO_CONTENT : HttpStatus.OK;
        return new RestResponse(status == null ? usual.value() : status, headers, body);
    }

    private boolean goesOut(String name) {
        return !HeaderNames.isCamel(name) && !HeaderNames.isServerOwned(name) && !requestHeaders.contains(name);
    }

    private static String contentType(String given, Object content) {
        if (given == null) {
            boolean text = content instanceof byte[] || content instanceof String;
            return text ? MediaType.APPLICATION_JSON_VALUE : MediaType.APPLICATION_OCTET_STREAM_VALUE;
        }
        // Without a charset a browser guesses what plain text is written in; JSON and its like need none.
        boolean guessed = content instanceof String && given.startsWith("text/") && !given.contains(";");
        return guessed ? given + ";charset=utf-8" : given;
    }

    private static void add(HttpHeaders headers, String name, Object value) {
        if (value instanceof List<?> values) {
            values.forEach(each -> add(headers, name, each));
        } else if (value instanceof CharSequence || value instanceof Number || value instanceof Boolean) {
            headers.add(name, value.toString());
        }
    }

    private static byte[] bytes(Message message, Object content) throws InvalidPayloadException {
        if (content == null || content instanceof EventStream || content instanceof LineStream) {
            return RestResponse.NO_BODY;
        }
        if (content instanceof byte[] bytes) {
            return bytes;
        }
        if (content instanceof String text) {
            return RestResponse.utf8(text);
        }
        return message.getMandatoryBody(byte[].class);
    }
}
