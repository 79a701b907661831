package dev.caravan.event;

import org.springframework.amqp.AmqpRejectAndDontRequeueException;

/** A message on a queue of events that is none: it is rejected and not requeued. */
class InvalidEventMessage extends AmqpRejectAndDontRequeueException {
    InvalidEventMessage(String reason) {
        super(reason);
    }
}
