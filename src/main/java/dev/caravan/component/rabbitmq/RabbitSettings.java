package dev.caravan.component.rabbitmq;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How long the broker may take.
 *
 * @param confirmTimeout how long the broker may take to confirm a message, connecting included
 * @param handshakeTimeout how long the broker may take to complete the handshake of a new connection
 */
@ConfigurationProperties("caravan.broker")
record RabbitSettings(@DefaultValue("2500ms") Duration confirmTimeout, @DefaultValue("3s") Duration handshakeTimeout) {}
