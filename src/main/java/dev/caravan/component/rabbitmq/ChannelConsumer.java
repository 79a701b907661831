package dev.caravan.component.rabbitmq;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.amqp.core.Message;
import org.springframework.amqp.core.MessageProperties;
import org.springframework.amqp.rabbit.support.DefaultMessagePropertiesConverter;
import org.springframework.amqp.rabbit.support.MessagePropertiesConverter;

/**
 * The consumers of one channel. Once stopped, they take no more messages and keep their channel open until the last one is
 * settled. Thread-safe, but for {@link #consume}.
 */
final class ChannelConsumer extends DefaultConsumer {
    private static final Logger LOG = LoggerFactory.getLogger(ChannelConsumer.class);
    private static final MessagePropertiesConverter PROPERTIES = new DefaultMessagePropertiesConverter();

    private final Channel channel;
    private final QueueFeed feed;
    /** The queues that are consumed, by their consumer tags. */
    private final Map<String, String> queues = new ConcurrentHashMap<>();

    private final AtomicInteger unsettled = new AtomicInteger();
    private final CountDownLatch done = new CountDownLatch(1);
    private volatile boolean stopped;
    private volatile boolean cancelled;
    /** How many messages the broker sends ahead of each queue. */
    private final int[] ahead;

    /** @param feed gets the messages */
    ChannelConsumer(Channel channel, QueueFeed feed) {
        super(channel);
        this.ahead = new int[feed.source().queues().size()];
        this.channel = channel;
        this.feed = feed;
    }

    /**
     * Begins to consume. From the second time on only raises the numbers, by one more consumer for what is missing. Each queue
     * then gets one, be it for a single message: other services, which consume one of the queues, are told by the difference.
     *
     * @param wanted how many messages the broker may send ahead of each queue
     */
    void consume(int[] wanted) throws IOException {
        QueueFeed.Source source = feed.source();
        int least = IntStream.range(0, wanted.length).anyMatch(i -> wanted[i] > ahead[i]) ? 1 : 0;
        for (int i = 0; i < wanted.length; i++) {
            int more = Math.max(least, wanted[i] - ahead[i]);
            if (more > 0) {
                String tag = UUID.randomUUID().toString();
                String queue = source.queues().get(i);
                queues.put(tag, queue);
                channel.basicQos(more, false);
                channel.basicConsume(queue, false, tag, source.noLocal(), source.exclusive(), source.arguments(), this);
                ahead[i] += more;
            }
        }
    }

    /**
     * Consumes with other numbers from now on. The new consumers begin before the former ones end: so a queue always has one,
     * and the broker sends its messages over the same channel in their order.
     */
    void consumeAnew(int[] wanted) throws IOException {
        if (Arrays.equals(ahead, wanted)) {
            return;
        }
        Set<String> former = Set.copyOf(queues.keySet());
        boolean alone = feed.source().exclusive(); // then a queue has one consumer at the most
        if (alone) {
            cancel(former);
        }
        Arrays.fill(ahead, 0);
        consume(wanted);
        if (!alone) {
            cancel(former);
        }
    }

    private void cancel(Set<String> tags) throws IOException {
        for (String tag : tags) {
            channel.basicCancel(tag);
        }
    }

    /** How many messages the broker may send ahead of the last queue. */
    int ahead() {
        return ahead[ahead.length - 1];
    }

    /** How many messages have come and are not settled. */
    int unsettled() {
        return unsettled.get();
    }

    boolean isConsuming() {
        return channel.isOpen() && !cancelled;
    }

    /** Takes no more messages; the channel stays open for those that are being processed. */
    void stop() {
        stopped = true;
        for (String tag : queues.keySet()) {
            try {
                channel.basicCancel(tag);
            } catch (IOException | RuntimeException e) {
                LOG.debug("The channel is closed already", e);
            }
        }
        closeIfDone();
    }

    /** Waits until the last message is settled, so long at the most. */
    void await(Duration timeout) {
        try {
            if (!done.await(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.info("{} messages are still being processed after {}", unsettled.get(), timeout);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    void abort() {
        try {
            channel.abort();
        } catch (IOException | RuntimeException e) {
            LOG.debug("The channel is closed already", e);
        }
    }

    @Override
    public void handleDelivery(String tag, Envelope envelope, BasicProperties properties, byte[] body) {
        String queue = queues.get(tag);
        if (queue == null) {
            return; // the channel is closed
        }
        MessageProperties converted = PROPERTIES.toMessageProperties(properties, envelope, "UTF-8");
        converted.setConsumerTag(tag);
        converted.setConsumerQueue(queue);
        unsettled.incrementAndGet();
        feed.add(new Message(body, converted), this);
    }

    /** Returns a message to its queue that was not on the route. */
    void giveBack(Message message) {
        try {
            channel.basicNack(message.getMessageProperties().getDeliveryTag(), false, true);
        } catch (IOException | RuntimeException e) {
            LOG.debug("The channel is closed already", e);
        }
        settled();
    }

    /** One more message is settled, or cannot be because the channel is closed. */
    void settled() {
        unsettled.decrementAndGet();
        closeIfDone();
    }

    /** The broker confirms a cancellation after the last message that it sends. */
    private void closeIfDone() {
        if (stopped && queues.isEmpty() && unsettled.get() == 0) {
            abort();
            done.countDown();
        }
    }

    @Override
    public void handleCancelOk(String tag) {
        queues.remove(tag);
        closeIfDone();
    }

    @Override
    public void handleCancel(String tag) {
        LOG.warn("The broker cancelled the consumer of {}; was the queue deleted?", queues.get(tag));
        queues.remove(tag);
        cancelled = true;
    }

    @Override
    public void handleShutdownSignal(String tag, ShutdownSignalException cause) {
        queues.clear();
        feed.dropFrom(this);
        done.countDown();
    }
}
