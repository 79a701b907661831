package dev.caravan.component.rabbitmq;

import org.springframework.amqp.AmqpException;

/** The broker did not take a message over, or did not say so in time. */
public class NotConfirmed extends AmqpException {
    private final boolean sent;

    public NotConfirmed(String message, boolean sent, Throwable cause) {
        super(message, cause);
        this.sent = sent;
    }

    /** Whether the broker may have the message all the same. */
    public boolean isSent() {
        return sent;
    }
}
