package dev.caravan.component.stomp;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.component.rabbitmq.ConfirmedPublisher;
import dev.caravan.component.rabbitmq.NotConfirmed;
import dev.caravan.component.rabbitmq.OutgoingMessage;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Publishes messages: those of a topic to the exchange that all nodes have a queue at, those of a queue to their queue on the
 * broker. Thread-safe.
 *
 * <p>Meters: {@code caravan.stomp.published}.
 */
final class StompPublisher {
    /** Of one message. The broker closes the connection for properties that do not fit into one frame. */
    private static final int MAX_HEADERS = 32;

    private static final int MAX_HEADER_CHARS = 8192;
    /** Of a name and of a content type: AMQP has a byte for their lengths. */
    private static final int MAX_NAME_BYTES = 200;

    private static final int MAX_BODY = 16 << 20;
    private static final String BYTES = "application/octet-stream";

    private final ConfirmedPublisher broker;
    private final String exchange;
    private final QueueDeclarations queues;
    private final Counter topicMessages;
    private final Counter queueMessages;
    private final String ids = UUID.randomUUID().toString().substring(0, 8);
    private final AtomicLong count = new AtomicLong();

    /** @param exchange of all topics */
    StompPublisher(ConfirmedPublisher broker, String exchange, QueueDeclarations queues, MeterRegistry registry) {
        this.broker = broker;
        this.exchange = exchange;
        this.queues = queues;
        this.topicMessages = published("topic", registry);
        this.queueMessages = published("queue", registry);
    }

    private static Counter published(String kind, MeterRegistry registry) {
        return Counter.builder("caravan.stomp.published")
                .description("Messages to destinations of routes that the broker has confirmed")
                .tag("kind", kind)
                .register(registry);
    }

    /** An id that no other message has, on any node. */
    String nextId() {
        return ids + "-" + count.incrementAndGet();
    }

    /**
     * @param most how many messages may wait, if it is a queue
     * @return fails with {@link StompRejected}, or {@link NotConfirmed}
     */
    CompletableFuture<Void> publish(StompMessage message, int most) {
        check(message);
        if (message.destination().startsWith(DestinationPattern.TOPIC)) {
            return counted(broker.publish(outgoing(message, exchange, "", false)), topicMessages);
        }
        String queue = queues.queue(message.destination());
        OutgoingMessage outgoing = outgoing(message, "", queue, true);
        return counted(
                toQueue(outgoing, most).exceptionallyCompose(failure -> {
                    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
                    if (!(cause instanceof NotConfirmed refused) || refused.isSent()) {
                        return CompletableFuture.failedFuture(cause);
                    }
                    queues.forget(queue); // somebody has deleted it
                    return toQueue(outgoing, most);
                }),
                queueMessages);
    }

    private CompletableFuture<Void> toQueue(OutgoingMessage message, int most) {
        return queues.admit(message.routingKey(), most).thenCompose(admitted -> broker.publish(message));
    }

    private static CompletableFuture<Void> counted(CompletableFuture<Void> confirmed, Counter counter) {
        return confirmed.thenRun(counter::increment);
    }

    private static OutgoingMessage outgoing(StompMessage message, String exchange, String key, boolean mandatory) {
        return new OutgoingMessage(
                exchange,
                key,
                message.body(),
                message.contentType() == null ? BYTES : message.contentType(),
                message.id(),
                null,
                message.amqpHeaders(),
                mandatory);
    }

    private static void check(StompMessage message) {
        if (message.body().length > MAX_BODY) {
            throw new StompRejected("A body has at most " + MAX_BODY + " bytes");
        }
        if (message.contentType() != null && isLong(message.contentType())) {
            throw new StompRejected("content-type is longer than " + MAX_NAME_BYTES + " bytes");
        }
        int chars = 0;
        for (var header : message.headers().entrySet()) {
            if (isLong(header.getKey())) {
                throw new StompRejected("The name of a header is longer than " + MAX_NAME_BYTES + " bytes");
            }
            chars += header.getKey().length() + header.getValue().length();
        }
        if (message.headers().size() > MAX_HEADERS || chars > MAX_HEADER_CHARS) {
            throw new StompRejected("A message may have " + MAX_HEADERS + " headers of its own, of " + MAX_HEADER_CHARS
                    + " characters in all");
        }
    }

    private static boolean isLong(String text) {
        return text.getBytes(UTF_8).length > MAX_NAME_BYTES;
    }
}
