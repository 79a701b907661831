package dev.caravan.component.rabbitmq;

import java.time.Instant;
import java.util.Map;

/**
 * A message to be published, of text.
 *
 * @param exchange name of the exchange, empty for the default one
 * @param routingKey with the default exchange: the name of a queue
 * @param id the message id, null for one that means nothing to others
 * @param time the timestamp, kept to the second; null for none
 * @param headers whatever else is to be known of it; text alone
 * @param mandatory whether it counts as published only when a queue has it
 */
public record OutgoingMessage(
        String exchange,
        String routingKey,
        String text,
        String id,
        Instant time,
        Map<String, String> headers,
        boolean mandatory) {
    /** One that a queue must have, with nothing beside its text. */
    static OutgoingMessage of(String exchange, String routingKey, String text) {
        return new OutgoingMessage(exchange, routingKey, text, null, null, Map.of(), true);
    }
}
