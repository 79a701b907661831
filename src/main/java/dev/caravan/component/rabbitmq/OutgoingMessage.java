package dev.caravan.component.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Instant;
import java.util.Map;

/**
 * A message to be published.
 *
 * @param exchange name of the exchange, empty for the default one
 * @param routingKey with the default exchange: the name of a queue
 * @param body not to be written to
 * @param contentType of the body; text is {@link #TEXT}
 * @param id the message id, null for one that means nothing to others
 * @param time the timestamp, kept to the second; null for none
 * @param headers whatever else is to be known of it; text alone
 * @param mandatory whether it counts as published only when a queue has it
 */
public record OutgoingMessage(
        String exchange,
        String routingKey,
        byte[] body,
        String contentType,
        String id,
        Instant time,
        Map<String, String> headers,
        boolean mandatory) {
    /** As the wire contract wants all text; it is in UTF-8. */
    static final String TEXT = "text/plain";

    /** One of text. */
    public OutgoingMessage(
            String exchange,
            String routingKey,
            String text,
            String id,
            Instant time,
            Map<String, String> headers,
            boolean mandatory) {
        this(exchange, routingKey, text.getBytes(UTF_8), TEXT, id, time, headers, mandatory);
    }

    /** One that a queue must have, with nothing beside its text. */
    static OutgoingMessage of(String exchange, String routingKey, String text) {
        return new OutgoingMessage(exchange, routingKey, text, null, null, Map.of(), true);
    }
}
