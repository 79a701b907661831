package dev.caravan.component.rabbitmq;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.amqp.core.Message;
import org.springframework.amqp.core.MessageProperties;
import org.springframework.amqp.rabbit.support.DefaultMessagePropertiesConverter;
import org.springframework.amqp.rabbit.support.MessagePropertiesConverter;

/**
 * The consumers of one channel, and the messages that came over it and are not settled yet. A stopped consumer takes no
 * more messages and keeps its channel open until the last one is settled. Thread-safe.
 */
final class ChannelConsumer extends DefaultConsumer {
    private static final Logger LOG = LoggerFactory.getLogger(ChannelConsumer.class);
    private static final MessagePropertiesConverter PROPERTIES = new DefaultMessagePropertiesConverter();

    private final Channel channel;
    private final Executor workers;
    private final Acknowledger acknowledger;
    /** The queues that are consumed, by their consumer tags. */
    private final Map<String, String> queues = new ConcurrentHashMap<>();

    private final Queue<Message> waiting = new ConcurrentLinkedQueue<>();
    /** One permit for each message that may be on the route. */
    private final Semaphore free;

    private final AtomicInteger unsettled = new AtomicInteger();
    private final CountDownLatch done = new CountDownLatch(1);
    private volatile boolean stopped;
    private volatile boolean cancelled;

    /**
     * @param concurrency how many messages are on the route at a time, at the most
     * @param workers run the route
     */
    ChannelConsumer(Channel channel, int concurrency, Executor workers, Acknowledger acknowledger) {
        super(channel);
        this.channel = channel;
        this.free = new Semaphore(concurrency);
        this.workers = workers;
        this.acknowledger = acknowledger;
    }

    /** Begins to consume a queue. */
    void consume(String queue, boolean noLocal, boolean exclusive, Map<String, Object> arguments) throws IOException {
        String tag = UUID.randomUUID().toString();
        queues.put(tag, queue);
        channel.basicConsume(queue, false, tag, noLocal, exclusive, arguments, this);
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
        MessageProperties converted = PROPERTIES.toMessageProperties(properties, envelope, "UTF-8");
        converted.setConsumerTag(tag);
        converted.setConsumerQueue(queues.get(tag));
        unsettled.incrementAndGet();
        waiting.add(new Message(body, converted));
        processWaiting();
    }

    /** The broker may send more messages ahead than may be on the route. */
    private void processWaiting() {
        while (!waiting.isEmpty() && free.tryAcquire()) {
            Message message = waiting.poll();
            if (message == null) { // another thread took it
                free.release();
            } else {
                workers.execute(() -> process(message));
            }
        }
    }

    private void process(Message message) {
        if (channel.isOpen()) {
            acknowledger.process(message, channel, this::settled);
        } else {
            settled(); // the broker has requeued it already
        }
    }

    private void settled() {
        free.release();
        unsettled.decrementAndGet();
        processWaiting();
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
        done.countDown();
    }
}
