package dev.caravan.event;

import dev.caravan.component.rabbitmq.ConfirmedPublisher;
import dev.caravan.component.rabbitmq.OutgoingMessage;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Copies an event that a durable subscription could not process to the dead queue, with the reason. */
final class DeadEvents {
    private static final int REASON = 500;
    /** Longer than the publisher itself waits for the broker. */
    private static final long SECONDS = 60;

    private final ConfirmedPublisher publisher;
    private final String queue;

    DeadEvents(ConfirmedPublisher publisher, String queue) {
        this.publisher = publisher;
        this.queue = queue;
    }

    /** @throws Exception if the broker has not confirmed it */
    void add(Event event, String subscription, Throwable reason) throws Exception {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("subscription", subscription);
        if (event.key() != null) {
            headers.put("key", event.key());
        }
        String error = reason.toString();
        headers.put("error", error.length() > REASON ? error.substring(0, REASON) : error);
        try {
            publisher
                    .publish(new OutgoingMessage("", queue, event.text(), event.id(), event.time(), headers, true))
                    .get(SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        } catch (TimeoutException e) {
            throw new IllegalStateException(
                    "The broker did not confirm event " + event.id() + " for the queue " + queue, e);
        }
    }
}
