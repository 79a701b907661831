package dev.caravan.component.rabbitmq;

import com.rabbitmq.client.Channel;
import dev.caravan.component.ConsumedMessage;
import dev.caravan.component.batch.Batcher;
import java.io.IOException;
import java.lang.reflect.Field;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.camel.Exchange;
import org.apache.camel.RollbackExchangeException;
import org.apache.camel.component.springrabbit.EndpointMessageListener;
import org.apache.camel.component.springrabbit.SpringRabbitMQConstants;
import org.apache.camel.component.springrabbit.SpringRabbitMQConsumer;
import org.apache.camel.component.springrabbit.SpringRabbitMQEndpoint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.amqp.AmqpRejectAndDontRequeueException;
import org.springframework.amqp.core.Message;
import org.springframework.util.ReflectionUtils;

/**
 * Runs the route with a message and settles the message: acknowledges it when the route has succeeded; rejects it when the
 * route has failed with an {@link AmqpRejectAndDontRequeueException}, so that a dead-letter policy of the broker may take
 * it; otherwise requeues it after a pause, so that an outage does not become a busy loop. Thread-safe.
 *
 * <p>Camel's own listener acknowledges a message as soon as its route continues without a thread; this one does so when the
 * route has ended, on whatever thread.
 */
final class Acknowledger implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Acknowledger.class);
    private static final long PAUSE_MILLIS = 1000;
    private static final String CLOSED = "The channel is closed; the broker has requeued the message already";
    private static final int CAPACITY = 10_000;
    private static final int BATCH = 256;

    private final EndpointMessageListener listener;
    private final SpringRabbitMQConsumer consumer;
    private final SpringRabbitMQEndpoint endpoint;
    private final Batcher<Delivery> acks;
    private final Executor requeueing;

    /**
     * @param listener Camel's own, which knows the route
     * @param executor runs batches of acknowledgements, and requeues messages after the pause
     */
    Acknowledger(EndpointMessageListener listener, Executor executor) {
        this.listener = listener;
        this.consumer = consumerOf(listener);
        this.endpoint = consumer.getEndpoint();
        this.acks = new Batcher<>(executor, CAPACITY, BATCH, Acknowledger::acknowledge);
        this.requeueing = CompletableFuture.delayedExecutor(PAUSE_MILLIS, TimeUnit.MILLISECONDS, executor);
    }

    /** Camel 4.17 has no accessor. {@code AcknowledgerTest} pins the field. */
    static SpringRabbitMQConsumer consumerOf(EndpointMessageListener listener) {
        Field field =
                ReflectionUtils.findField(EndpointMessageListener.class, "consumer", SpringRabbitMQConsumer.class);
        if (field == null) {
            throw new IllegalStateException("This version of Camel keeps the consumer of a listener elsewhere");
        }
        ReflectionUtils.makeAccessible(field);
        return (SpringRabbitMQConsumer) ReflectionUtils.getField(field, listener);
    }

    /**
     * Processes a message.
     *
     * @param settled runs when the message is settled, or cannot be because its channel is closed
     */
    void process(Message message, Channel channel, Runnable settled) {
        Delivery delivery = new Delivery(
                channel,
                message.getMessageProperties().getConsumerQueue(),
                message.getMessageProperties().getDeliveryTag(),
                settled);
        try {
            if (!listener.isDisableReplyTo() && message.getMessageProperties().getReplyToAddress() != null) {
                listener.onMessage(message, channel); // and replies
                settle(delivery, null);
                return;
            }
            Exchange exchange = exchange(message, delivery);
            consumer.getAsyncProcessor().process(exchange, doneSync -> {
                Throwable failure =
                        exchange.isRollbackOnly() ? new RollbackExchangeException(exchange) : exchange.getException();
                consumer.releaseExchange(exchange, false);
                settle(delivery, failure);
            });
        } catch (Throwable e) { // an Error of a handler too: no caller would requeue the message
            settle(delivery, e);
        }
    }

    private Exchange exchange(Message message, Delivery delivery) {
        Exchange exchange = consumer.createExchange(false);
        exchange.setProperty(SpringRabbitMQConstants.CHANNEL, delivery.channel);
        exchange.setProperty(ConsumedMessage.PROPERTY, delivery);
        exchange.getMessage().setBody(endpoint.getMessageConverter().fromMessage(message));
        exchange.getMessage()
                .setHeaders(endpoint.getMessagePropertiesConverter()
                        .fromMessageProperties(message.getMessageProperties(), exchange));
        return exchange;
    }

    private void settle(Delivery delivery, Throwable failure) {
        if (delivery.isSettled()) {
            if (failure != null) {
                LOG.warn(
                        "The route of a message of {} failed after the message was acknowledged: {}",
                        delivery.queue,
                        rootOf(failure).toString());
            }
            delivery.done.run();
        } else if (failure == null) {
            if (!acks.offer(delivery)) {
                acknowledge(List.of(delivery)).run();
            }
        } else if (isRejection(failure)) {
            delivery.end(() -> reject(delivery));
        } else {
            LOG.warn(
                    "Requeueing a message of {} because its route failed: {}",
                    delivery.queue,
                    rootOf(failure).toString());
            requeueing.execute(() -> delivery.end(() -> delivery.channel.basicNack(delivery.tag, false, true)));
        }
    }

    @Override
    public void close() {
        acks.close();
    }

    private static Runnable acknowledge(List<Delivery> batch) {
        try {
            CoalescingSocketFactory.coalesce(() -> batch.forEach(Delivery::acknowledge));
        } catch (IOException e) {
            LOG.debug(CLOSED, e);
        }
        return () -> batch.forEach(delivery -> delivery.done.run());
    }

    /** Qpid requeues a rejected message even if asked not to, so there it is acknowledged. */
    private static void reject(Delivery delivery) throws IOException {
        Channel channel = delivery.channel;
        if (channel.getConnection().getServerProperties().containsKey("qpid.instance_name")) {
            channel.basicAck(delivery.tag, false);
        } else {
            channel.basicReject(delivery.tag, false);
        }
    }

    private static boolean isRejection(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof AmqpRejectAndDontRequeueException) {
                return true;
            }
        }
        return false;
    }

    private static Throwable rootOf(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    /** A message with a route. It is settled once: RabbitMQ closes the channel at the second time. */
    private static final class Delivery implements ConsumedMessage {
        private final Channel channel;
        private final String queue;
        private final long tag;
        /** To be run when the message is settled and its route has ended. */
        private final Runnable done;

        private final AtomicBoolean settled = new AtomicBoolean();

        Delivery(Channel channel, String queue, long tag, Runnable done) {
            this.channel = channel;
            this.queue = queue;
            this.tag = tag;
            AtomicBoolean once = new AtomicBoolean();
            this.done = () -> {
                if (once.compareAndSet(false, true)) {
                    done.run();
                }
            };
        }

        boolean isSettled() {
            return settled.get();
        }

        @Override
        public void acknowledge() {
            settle(() -> channel.basicAck(tag, false));
        }

        @Override
        public void release() {
            end(() -> channel.basicAck(tag, false));
        }

        void end(CoalescingSocketFactory.Writes settlement) {
            settle(settlement);
            done.run();
        }

        private void settle(CoalescingSocketFactory.Writes settlement) {
            if (settled.compareAndSet(false, true)) {
                try {
                    settlement.write();
                } catch (IOException | RuntimeException e) {
                    LOG.debug(CLOSED, e);
                }
            }
        }
    }
}
