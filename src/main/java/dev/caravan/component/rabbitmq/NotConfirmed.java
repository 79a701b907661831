package dev.caravan.component.rabbitmq;

import org.springframework.amqp.AmqpException;

/** The broker did not take a message over, or did not say so in time; it may or may not have it. */
public class NotConfirmed extends AmqpException {
    NotConfirmed(String message) {
        super(message);
    }

    NotConfirmed(String message, Throwable cause) {
        super(message, cause);
    }
}
