package dev.caravan.component.rabbitmq;

import com.rabbitmq.client.Channel;
import dev.caravan.component.batch.Batcher;
import java.io.IOException;
import java.lang.reflect.Field;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
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
    private final Batcher<Ack> acks;
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
        Ack ack = new Ack(
                channel,
                message.getMessageProperties().getConsumerQueue(),
                message.getMessageProperties().getDeliveryTag(),
                settled);
        try {
            if (!listener.isDisableReplyTo() && message.getMessageProperties().getReplyToAddress() != null) {
                listener.onMessage(message, channel); // and replies
                settle(ack, null);
                return;
            }
            Exchange exchange = exchange(message, channel);
            consumer.getAsyncProcessor().process(exchange, doneSync -> {
                Throwable failure =
                        exchange.isRollbackOnly() ? new RollbackExchangeException(exchange) : exchange.getException();
                consumer.releaseExchange(exchange, false);
                settle(ack, failure);
            });
        } catch (Throwable e) { // an Error of a handler too: no caller would requeue the message
            settle(ack, e);
        }
    }

    private Exchange exchange(Message message, Channel channel) {
        Exchange exchange = consumer.createExchange(false);
        exchange.setProperty(SpringRabbitMQConstants.CHANNEL, channel);
        exchange.getMessage().setBody(endpoint.getMessageConverter().fromMessage(message));
        exchange.getMessage()
                .setHeaders(endpoint.getMessagePropertiesConverter()
                        .fromMessageProperties(message.getMessageProperties(), exchange));
        return exchange;
    }

    private void settle(Ack ack, Throwable failure) {
        if (failure == null) {
            if (!acks.offer(ack)) {
                acknowledge(List.of(ack)).run();
            }
        } else if (isRejection(failure)) {
            ack.settle(() -> reject(ack));
        } else {
            LOG.warn(
                    "Requeueing a message of {} because its route failed: {}",
                    ack.queue(),
                    rootOf(failure).toString());
            requeueing.execute(() -> ack.settle(() -> ack.channel().basicNack(ack.tag(), false, true)));
        }
    }

    @Override
    public void close() {
        acks.close();
    }

    private static Runnable acknowledge(List<Ack> batch) {
        try {
            CoalescingSocketFactory.coalesce(
                    () -> batch.forEach(ack -> send(() -> ack.channel().basicAck(ack.tag(), false))));
        } catch (IOException e) {
            LOG.debug(CLOSED, e);
        }
        return () -> batch.forEach(ack -> ack.settled().run());
    }

    private static void send(CoalescingSocketFactory.Writes settlement) {
        try {
            settlement.write();
        } catch (IOException | RuntimeException e) {
            LOG.debug(CLOSED, e);
        }
    }

    /** Qpid requeues a rejected message even if asked not to, so there it is acknowledged. */
    private static void reject(Ack ack) throws IOException {
        Channel channel = ack.channel();
        if (channel.getConnection().getServerProperties().containsKey("qpid.instance_name")) {
            channel.basicAck(ack.tag(), false);
        } else {
            channel.basicReject(ack.tag(), false);
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

    /** A message whose route has ended. */
    private record Ack(Channel channel, String queue, long tag, Runnable settled) {
        void settle(CoalescingSocketFactory.Writes settlement) {
            send(settlement);
            settled.run();
        }
    }
}
