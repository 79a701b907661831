package dev.caravan.component.rabbitmq;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import dev.caravan.component.batch.WorkerPool;
import java.io.IOException;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.component.springrabbit.EndpointMessageListener;
import org.apache.camel.component.springrabbit.MessageListenerContainer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.amqp.core.AmqpAdmin;
import org.springframework.amqp.core.Message;
import org.springframework.amqp.core.MessageListener;
import org.springframework.amqp.core.MessageProperties;
import org.springframework.amqp.rabbit.connection.ConnectionFactory;
import org.springframework.amqp.rabbit.listener.AbstractMessageListenerContainer;

/**
 * Takes messages from queues for one route, and has as many of them on the route at a time as it has workers. Spring's
 * containers have a channel for each worker, which costs the broker a process and both sides a packet for each message,
 * and a thread that waits with it until its message is done. Here all come over one channel, routes go on without a thread
 * where they wait for Redis or the broker, and what ended at the same time is acknowledged in one write.
 *
 * <p>The broker hands out {@code workers * prefetch} messages ahead of their acknowledgement, for each queue. With a
 * prefetch of 1 these are just the ones that are worked. A connection that is lost is looked for every two seconds; when
 * this stops, messages that are worked keep their channel until they are settled.
 */
final class QueueConsumer extends AbstractMessageListenerContainer implements MessageListenerContainer {
    private static final Logger LOG = LoggerFactory.getLogger(QueueConsumer.class);
    private static final int RECOVERY_MILLIS = 2000;

    private final int workersPerQueue;
    private final int prefetch;
    private final WorkerPool workers = new WorkerPool("caravan-work");
    private Acknowledger settling;
    private ScheduledExecutorService watch;
    /** Where messages come from at the moment; null while there is no connection. */
    private Intake intake;

    private boolean failing;

    QueueConsumer(ConnectionFactory connections, int workersPerQueue, int prefetch) {
        setConnectionFactory(connections);
        this.workersPerQueue = workersPerQueue;
        this.prefetch = Math.max(1, prefetch);
    }

    /** Camel hands its listener over before it starts this. */
    @Override
    public void setMessageListener(MessageListener listener) {
        super.setMessageListener(listener);
        settling = new Acknowledger((EndpointMessageListener) listener, workers);
    }

    @Override
    public AmqpAdmin getAmqpAdmin() {
        return super.getAmqpAdmin();
    }

    @Override
    protected void doInitialize() {}

    @Override
    protected void doStart() {
        super.doStart();
        synchronized (this) {
            watch = Executors.newSingleThreadScheduledExecutor(task -> {
                Thread thread = new Thread(task, "caravan-watch");
                thread.setDaemon(true);
                return thread;
            });
            look();
            watch.scheduleWithFixedDelay(this::look, RECOVERY_MILLIS, RECOVERY_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /** Begins to consume if that is not going on. */
    private synchronized void look() {
        if (!isActive() || intake != null && intake.isConsuming()) {
            return;
        }
        if (intake != null) {
            intake.stop();
            intake = null;
        }
        try {
            intake = open();
            failing = false;
        } catch (IOException | RuntimeException e) {
            if (!failing) {
                LOG.warn("Cannot consume {} for the moment: {}", Set.of(getQueueNames()), e.getMessage());
            }
            failing = true;
        }
    }

    /** A queue that is not there is declared, with all others: one that goes with its last consumer may just have gone. */
    private Intake open() throws IOException {
        try {
            return consume();
        } catch (IOException e) {
            if (getAmqpAdmin() == null) {
                throw e;
            }
            getAmqpAdmin().initialize();
            return consume();
        }
    }

    private Intake consume() throws IOException {
        Channel channel =
                getConnectionFactory().createConnection().getDelegate().createChannel();
        if (channel == null) {
            throw new IOException("the connection has no free channel");
        }
        Intake opened = new Intake(channel);
        try {
            channel.basicQos(workersPerQueue * prefetch, false);
            for (String queue : getQueueNames()) {
                opened.consume(queue);
            }
            return opened;
        } catch (IOException | RuntimeException e) {
            opened.abort();
            throw e;
        }
    }

    @Override
    protected void shutdownAndWaitOrCallback(Runnable callback) {
        Intake stopping;
        synchronized (this) {
            if (watch != null) {
                watch.shutdownNow();
            }
            stopping = intake;
            intake = null;
        }
        if (stopping != null) {
            stopping.stop();
            stopping.await();
        }
        if (callback != null) {
            callback.run();
        }
    }

    @Override
    public void destroy() {
        super.destroy();
        settling.close();
        workers.close();
    }

    /** One channel, and what came over it and is not settled yet. */
    private final class Intake extends DefaultConsumer {
        private final Channel channel;
        /** The queues that are consumed, by the names of their consumers. */
        private final Map<String, String> queues = new ConcurrentHashMap<>();

        private final Queue<Message> waiting = new ConcurrentLinkedQueue<>();
        private final Semaphore free = new Semaphore(workersPerQueue * getQueueNames().length);
        private final AtomicInteger open = new AtomicInteger();
        private final CountDownLatch done = new CountDownLatch(1);
        private volatile boolean stopped;
        private volatile boolean cancelled;

        Intake(Channel channel) {
            super(channel);
            this.channel = channel;
        }

        void consume(String queue) throws IOException {
            String tag = UUID.randomUUID().toString();
            queues.put(tag, queue);
            channel.basicConsume(queue, false, tag, isNoLocal(), isExclusive(), getConsumerArguments(), this);
        }

        boolean isConsuming() {
            return channel.isOpen() && !cancelled;
        }

        /** Takes no more; the channel stays for what is worked. */
        void stop() {
            stopped = true;
            for (String tag : queues.keySet()) {
                try {
                    channel.basicCancel(tag);
                } catch (IOException | RuntimeException e) {
                    LOG.debug("The channel is gone already", e);
                }
            }
            closeIfDone();
        }

        void await() {
            try {
                if (!done.await(getShutdownTimeout(), TimeUnit.MILLISECONDS)) {
                    LOG.info("{} messages are still being worked", open.get());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        void abort() {
            try {
                channel.abort();
            } catch (IOException | RuntimeException e) {
                LOG.debug("The channel is gone already", e);
            }
        }

        @Override
        public void handleDelivery(String tag, Envelope envelope, BasicProperties properties, byte[] body) {
            MessageProperties converted =
                    getMessagePropertiesConverter().toMessageProperties(properties, envelope, "UTF-8");
            converted.setConsumerTag(tag);
            converted.setConsumerQueue(queues.get(tag));
            open.incrementAndGet();
            waiting.add(new Message(body, converted));
            begin();
        }

        /** Messages that came ahead wait for a worker. */
        private void begin() {
            while (!waiting.isEmpty() && free.tryAcquire()) {
                Message message = waiting.poll();
                if (message == null) { // somebody else took it
                    free.release();
                } else {
                    workers.execute(() -> work(message));
                }
            }
        }

        private void work(Message message) {
            if (channel.isOpen()) {
                settling.work(message, channel, this::settled);
            } else {
                settled(); // the broker has given it back already
            }
        }

        private void settled() {
            free.release();
            open.decrementAndGet();
            begin();
            closeIfDone();
        }

        /** After the last message: the broker answers a cancellation when it has sent all that it will send. */
        private void closeIfDone() {
            if (stopped && queues.isEmpty() && open.get() == 0) {
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
            LOG.warn("The broker stopped the consumer of {}; was the queue deleted?", queues.get(tag));
            queues.remove(tag);
            cancelled = true;
        }

        @Override
        public void handleShutdownSignal(String tag, ShutdownSignalException cause) {
            queues.clear();
            done.countDown();
        }
    }
}
