package dev.caravan.component.stomp;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A subscription to a queue: a channel of its own, whose end returns to the queue what was not acknowledged. If the channel is
 * lost, another one takes its place when the broker is back. Thread-safe; only {@link #open} waits for the broker.
 */
public final class QueueSubscription {
    private static final Logger LOG = LoggerFactory.getLogger(QueueSubscription.class);
    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final StompQueues queues;
    private final String destination;
    private final int prefetch;
    private final Consumer<Received> receiver;
    /** Delivery tags by message ids, in their order. */
    private final Map<String, Long> unsettled = new LinkedHashMap<>();

    private Channel channel;
    private boolean opening;
    private boolean closed;
    private long openedAt = System.nanoTime() - RETRY_NANOS;

    /** A message for the subscriber. */
    public record Received(StompMessage message, boolean redelivered) {}

    /** What becomes of a message. */
    public enum Settlement {
        ACKNOWLEDGED,
        REQUEUED,
        /** Dropped, or sent where the broker sends dead letters. */
        REJECTED
    }

    /**
     * @param prefetch how many messages may be with the subscriber that it has not acknowledged
     * @param receiver gets the messages, one after the other
     */
    QueueSubscription(StompQueues queues, String destination, int prefetch, Consumer<Received> receiver) {
        this.queues = queues;
        this.destination = destination;
        this.prefetch = prefetch;
        this.receiver = receiver;
    }

    String destination() {
        return destination;
    }

    /** Whether it has no channel, nobody opens one, and it is time to. If so, the caller has to {@link #open} it. */
    synchronized boolean takeOpening(long now) {
        if (closed || opening || channel != null && channel.isOpen() || now - openedAt < RETRY_NANOS) {
            return false;
        }
        opening = true;
        return true;
    }

    void open() {
        Channel opened = null;
        try {
            opened = queues.openChannel(destination);
            opened.basicQos(prefetch);
            begin(opened);
            opened.basicConsume(queues.name(destination), false, new Messages(opened));
        } catch (IOException | RuntimeException e) {
            LOG.debug("Cannot subscribe to {} yet", destination, e);
            abort(opened);
        } finally {
            synchronized (this) {
                opening = false;
                openedAt = System.nanoTime();
            }
        }
    }

    private void begin(Channel opened) throws IOException {
        synchronized (this) {
            if (closed) {
                throw new IOException("unsubscribed meanwhile");
            }
            channel = opened;
            unsettled.clear(); // what the former channel had is on the queue again
        }
    }

    /**
     * Settles a message, or it and all before it.
     *
     * @return whether the message was with the subscriber
     */
    public boolean settle(String messageId, boolean cumulative, Settlement settlement) {
        List<Long> tags = new ArrayList<>(1);
        Channel on;
        synchronized (this) {
            if (!unsettled.containsKey(messageId)) {
                return false;
            }
            if (cumulative) {
                var all = unsettled.entrySet().iterator();
                boolean last = false;
                while (!last) {
                    Map.Entry<String, Long> next = all.next();
                    last = next.getKey().equals(messageId);
                    tags.add(next.getValue());
                    all.remove();
                }
            } else {
                tags.add(unsettled.remove(messageId));
            }
            on = channel;
        }
        settle(on, tags, settlement);
        return true;
    }

    private static void settle(Channel on, List<Long> tags, Settlement settlement) {
        try {
            for (long tag : tags) {
                if (settlement == Settlement.ACKNOWLEDGED) {
                    on.basicAck(tag, false);
                } else {
                    on.basicNack(tag, false, settlement == Settlement.REQUEUED);
                }
            }
        } catch (IOException | RuntimeException e) {
            LOG.debug("The channel is closed: what was not settled is on the queue again", e);
        }
    }

    /** What was not acknowledged returns to the queue. */
    public void close() {
        Channel last;
        synchronized (this) {
            closed = true;
            last = channel;
            channel = null;
            unsettled.clear();
        }
        queues.closed(this, () -> abort(last));
    }

    private static void abort(Channel channel) {
        try {
            if (channel != null) {
                channel.abort();
            }
        } catch (IOException | RuntimeException e) {
            LOG.debug("The channel is closed already", e);
        }
    }

    private final class Messages extends DefaultConsumer {
        private final Channel on;

        Messages(Channel on) {
            super(on);
            this.on = on;
        }

        @Override
        public void handleDelivery(String tag, Envelope envelope, BasicProperties properties, byte[] body) {
            Map<String, Object> headers = properties.getHeaders() == null ? Map.of() : properties.getHeaders();
            String id = properties.getMessageId() == null
                    ? Long.toString(envelope.getDeliveryTag())
                    : properties.getMessageId();
            StompMessage message = StompMessage.of(headers, destination, id, properties.getContentType(), body);
            synchronized (QueueSubscription.this) {
                if (channel != on) {
                    return; // unsubscribed
                }
                if (unsettled.containsKey(message.id())) { // somebody else has sent it, and twice
                    message = message.withId(message.id() + "-" + envelope.getDeliveryTag());
                }
                unsettled.put(message.id(), envelope.getDeliveryTag());
            }
            receiver.accept(new Received(message, envelope.isRedeliver()));
        }

        @Override
        public void handleCancel(String tag) {
            LOG.warn("The broker cancelled a subscription to {}; was its queue deleted?", destination);
            queues.execute(() -> abort(on));
        }

        @Override
        public void handleShutdownSignal(String tag, ShutdownSignalException cause) {
            synchronized (QueueSubscription.this) {
                if (channel == on) {
                    channel = null;
                    unsettled.clear();
                }
            }
        }
    }
}
