package dev.caravan.event;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.apache.camel.Body;
import org.apache.camel.Headers;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * The event on the wire ({@code docs/reference/wire.md}): the body is the event, the message id its id, the timestamp
 * its time, and the routing key its key, if it came through the direct exchange. Thread-safe.
 *
 * <p>Meters: {@code caravan.events.rejected}, messages that are no events.
 */
@Component("eventMessages")
public class EventMessages {
    private static final Logger LOG = LoggerFactory.getLogger(EventMessages.class);
    /** Safe in an HTTP header, in a line of a stream and in a log. */
    private static final Pattern ID = Pattern.compile("[\\x21-\\x7e]{1,255}");

    private final EventSettings settings;
    private final Counter rejected;

    EventMessages(EventSettings settings, MeterRegistry registry) {
        this.settings = settings;
        this.rejected = Counter.builder("caravan.events.rejected")
                .description("Messages that were not events")
                .register(registry);
    }

    /**
     * Reads a message.
     *
     * @param body {@code byte[]} or text
     * @param headers as the component {@code spring-rabbitmq} names the properties of a message
     * @throws InvalidEventMessage if the message is no event
     */
    public Event read(@Body Object body, @Headers Map<String, Object> headers) {
        try {
            return event(body, headers);
        } catch (InvalidEventMessage e) {
            rejected.increment();
            LOG.warn("Rejected a message to {}: {}", headers.get("CamelSpringRabbitmqExchangeName"), e.getMessage());
            throw e;
        }
    }

    private Event event(Object body, Map<String, Object> headers) {
        byte[] bytes = bytes(body);
        if (bytes.length == 0) {
            throw new InvalidEventMessage("no body");
        }
        if (bytes.length > settings.maxEvent().toBytes()) {
            throw new InvalidEventMessage("its size, " + bytes.length + ", is over "
                    + settings.maxEvent().toBytes());
        }
        String text;
        try {
            text = body instanceof String given
                    ? given
                    : UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new InvalidEventMessage("not UTF-8");
        }
        boolean keyed = settings.directExchange().equals(headers.get("CamelSpringRabbitmqExchangeName"));
        return new Event(
                id(headers.get("CamelSpringRabbitmqMessageId")),
                keyed ? (String) headers.get("CamelSpringRabbitmqRoutingKey") : null,
                headers.get("CamelSpringRabbitmqTimestamp") instanceof Date time ? time.toInstant() : Instant.now(),
                text,
                bytes.length);
    }

    private static byte[] bytes(Object body) {
        if (body instanceof byte[] bytes) {
            return bytes;
        }
        return body instanceof String text ? text.getBytes(UTF_8) : new byte[0];
    }

    /** A missing or unsafe id is replaced by a new one, a different one on each node. */
    private static String id(Object given) {
        return given instanceof String id && ID.matcher(id).matches()
                ? id
                : UUID.randomUUID().toString();
    }
}
