package dev.caravan.component.stomp;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.component.BodyText;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.StreamCache;

/** Messages of STOMP as routes have them. No state. */
final class RouteMessages {
    /** Of Camel's own headers, which say what its components are to do: clients set none. */
    private static final String CAMEL = "camel";

    /** What HTTP has beside a message, and nobody is to see. */
    private static final Set<String> CREDENTIALS =
            Set.of("authorization", "proxy-authorization", "cookie", "set-cookie", "x-xsrf-token");

    private RouteMessages() {}

    /** Fills in the message that a client has sent. */
    static void fill(
            Exchange exchange,
            String destination,
            Map<String, String> values,
            String user,
            String contentType,
            byte[] body,
            Map<String, String> headers) {
        Message message = exchange.getMessage();
        headers.forEach((name, value) -> {
            if (!isCamels(name)) {
                message.setHeader(name, value);
            }
        });
        message.setHeader(StompHeaders.DESTINATION, destination);
        if (user != null) {
            message.setHeader(StompHeaders.USER, user);
        }
        if (contentType != null) {
            message.setHeader(Exchange.CONTENT_TYPE, contentType);
        }
        values.forEach(exchange::setVariable);
        message.setBody(isText(contentType) ? textOrBytes(body) : body);
    }

    private static boolean isText(String contentType) {
        String type = contentType == null ? "text/plain" : contentType.toLowerCase(Locale.ROOT);
        return type.startsWith("text/") || type.contains("json") || type.contains("xml");
    }

    private static Object textOrBytes(byte[] body) {
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
        } catch (CharacterCodingException e) {
            return body;
        }
    }

    private static boolean isCamels(String name) {
        return name.regionMatches(true, 0, CAMEL, 0, CAMEL.length());
    }

    /** The message that a route has left. */
    static StompMessage read(Exchange exchange, String destination, String id) {
        Message message = exchange.getMessage();
        Map<String, String> headers = new LinkedHashMap<>();
        message.getHeaders().forEach((name, value) -> {
            boolean plain = value instanceof String || value instanceof Number || value instanceof Boolean;
            if (plain
                    && !isCamels(name)
                    && !name.equalsIgnoreCase(Exchange.CONTENT_TYPE)
                    && !CREDENTIALS.contains(name.toLowerCase(Locale.ROOT))) {
                headers.put(name, value.toString());
            }
        });
        return new StompMessage(
                destination,
                id,
                message.getHeader(Exchange.CONTENT_TYPE, String.class),
                bytes(exchange.getContext(), message),
                headers);
    }

    private static byte[] bytes(CamelContext context, Message message) {
        Object body = message.getBody();
        if (body instanceof byte[] bytes) {
            return bytes;
        }
        if (body instanceof InputStream || body instanceof StreamCache) {
            return message.getBody(byte[].class);
        }
        return new BodyText(context).text(body).getBytes(UTF_8);
    }
}
