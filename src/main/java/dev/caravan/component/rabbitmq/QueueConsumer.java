package dev.caravan.component.rabbitmq;

import com.rabbitmq.client.Channel;
import dev.caravan.component.DaemonThreads;
import dev.caravan.component.batch.WorkerPool;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.camel.component.springrabbit.EndpointMessageListener;
import org.apache.camel.component.springrabbit.MessageListenerContainer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.amqp.core.AmqpAdmin;
import org.springframework.amqp.core.MessageListener;
import org.springframework.amqp.rabbit.connection.ConnectionFactory;
import org.springframework.amqp.rabbit.listener.AbstractMessageListenerContainer;

/**
 * Consumes queues for one route over one channel. Spring's containers have a channel and a thread for each concurrent
 * message, and close the channel when they stop; here a route that waits for Redis or the broker holds no thread, and a
 * message that is being processed while its route is replaced keeps its channel until it is settled.
 *
 * <p>The broker sends {@code concurrency * prefetch} messages ahead of their acknowledgement, for each queue. A lost
 * connection is tried again every two seconds.
 */
final class QueueConsumer extends AbstractMessageListenerContainer implements MessageListenerContainer {
    private static final Logger LOG = LoggerFactory.getLogger(QueueConsumer.class);
    private static final int RECOVERY_MILLIS = 2000;

    private final int concurrency;
    private final int prefetch;
    private final Executor executor;
    private final boolean async;
    /** Runs routes whose first steps may block. */
    private final WorkerPool workers = new WorkerPool("caravan-work");

    private Acknowledger acknowledger;
    private ScheduledExecutorService recovery;
    /** Null while there is no connection. */
    private ChannelConsumer consumer;

    private boolean failing;

    /**
     * @param executor acknowledges messages
     * @param async whether it starts the route, too
     */
    QueueConsumer(ConnectionFactory connections, int concurrency, int prefetch, Executor executor, boolean async) {
        setConnectionFactory(connections);
        this.concurrency = concurrency;
        this.prefetch = Math.max(1, prefetch);
        this.executor = executor;
        this.async = async;
    }

    /** Camel sets its listener before it starts this. */
    @Override
    public void setMessageListener(MessageListener listener) {
        super.setMessageListener(listener);
        acknowledger = new Acknowledger((EndpointMessageListener) listener, executor);
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
            recovery = Executors.newSingleThreadScheduledExecutor(new DaemonThreads("caravan-recovery"));
            recover();
            recovery.scheduleWithFixedDelay(this::recover, RECOVERY_MILLIS, RECOVERY_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /** Opens a channel and consumes, unless one is open. */
    private synchronized void recover() {
        if (!isActive() || consumer != null && consumer.isConsuming()) {
            return;
        }
        if (consumer != null) {
            consumer.stop();
            consumer = null;
        }
        try {
            consumer = open();
            failing = false;
        } catch (IOException | RuntimeException e) {
            if (!failing) {
                LOG.warn(
                        "Cannot consume {}, trying again every two seconds: {}",
                        Set.of(getQueueNames()),
                        e.getMessage());
            }
            failing = true;
        }
    }

    /** Declares all queues if one is missing: an auto-delete queue may just have lost its last consumer. */
    private ChannelConsumer open() throws IOException {
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

    private ChannelConsumer consume() throws IOException {
        Channel channel =
                getConnectionFactory().createConnection().getDelegate().createChannel();
        if (channel == null) {
            throw new IOException("the connection has no free channel");
        }
        ChannelConsumer opened = new ChannelConsumer(
                channel, concurrency * getQueueNames().length, async ? executor : workers, acknowledger);
        try {
            channel.basicQos(concurrency * prefetch, false);
            for (String queue : getQueueNames()) {
                opened.consume(queue, isNoLocal(), isExclusive(), getConsumerArguments());
            }
            return opened;
        } catch (IOException | RuntimeException e) {
            opened.abort();
            throw e;
        }
    }

    @Override
    protected void shutdownAndWaitOrCallback(Runnable callback) {
        ChannelConsumer stopping;
        synchronized (this) {
            if (recovery != null) {
                recovery.shutdownNow();
            }
            stopping = consumer;
            consumer = null;
        }
        if (stopping != null) {
            stopping.stop();
            stopping.await(Duration.ofMillis(getShutdownTimeout()));
        }
        if (callback != null) {
            callback.run();
        }
    }

    @Override
    public void destroy() {
        super.destroy();
        acknowledger.close();
        workers.close();
    }
}
