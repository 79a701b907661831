package dev.caravan.component.rabbitmq;

import com.rabbitmq.client.Channel;
import dev.caravan.component.batch.WorkerPool;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import org.apache.camel.component.springrabbit.EndpointMessageListener;
import org.apache.camel.component.springrabbit.MessageListenerContainer;
import org.springframework.amqp.core.AmqpAdmin;
import org.springframework.amqp.core.Message;
import org.springframework.amqp.core.MessageListener;
import org.springframework.amqp.rabbit.connection.ConnectionFactory;
import org.springframework.amqp.rabbit.listener.AbstractMessageListenerContainer;

/**
 * Consumes queues for one route over one channel. Spring's containers have a channel and a thread for each concurrent
 * message, and close the channel when they stop; here a route that waits for Redis or the broker holds no thread, and a
 * message that is being processed while its route is replaced keeps its channel until it is settled.
 *
 * <p>A lost connection is tried again every two seconds. When it stops, it leaves its {@link QueueFeed} to the next
 * revision of the route, unless the node stops.
 */
final class QueueConsumer extends AbstractMessageListenerContainer implements MessageListenerContainer {
    private final int concurrency;
    private final int prefetch;
    private final Executor executor;
    private final boolean async;
    private final QueueFeeds feeds;
    private final BooleanSupplier nodeStops;
    /** Runs routes whose first steps may block. */
    private final WorkerPool workers = new WorkerPool("caravan-work");

    private Acknowledger acknowledger;
    /** Null while it is stopped. */
    private QueueFeed feed;

    /**
     * @param concurrency how many messages are on the route at a time, at the most
     * @param executor acknowledges messages
     * @param async whether it starts the route, too
     * @param nodeStops whether a stop is one of the whole node
     */
    QueueConsumer(
            ConnectionFactory connections,
            int concurrency,
            int prefetch,
            Executor executor,
            boolean async,
            QueueFeeds feeds,
            BooleanSupplier nodeStops) {
        setConnectionFactory(connections);
        this.concurrency = concurrency;
        this.prefetch = Math.max(1, prefetch);
        this.executor = executor;
        this.async = async;
        this.feeds = feeds;
        this.nodeStops = nodeStops;
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
        QueueFeed.Source source = new QueueFeed.Source(
                getConnectionFactory(), List.of(getQueueNames()), isNoLocal(), isExclusive(), getConsumerArguments());
        synchronized (this) {
            feed = feeds.take(source, getAmqpAdmin());
            feed.attach(this::process, concurrency, prefetch, async);
        }
    }

    private void process(Message message, Channel channel, Runnable settled) {
        (async ? executor : workers).execute(() -> {
            if (channel.isOpen()) {
                acknowledger.process(message, channel, settled);
            } else {
                settled.run(); // the broker has requeued it already
            }
        });
    }

    @Override
    protected void shutdownAndWaitOrCallback(Runnable callback) {
        QueueFeed stopping;
        synchronized (this) {
            stopping = feed;
            feed = null;
        }
        if (stopping != null && !nodeStops.getAsBoolean()) {
            feeds.leave(stopping);
        } else if (stopping != null) {
            ChannelConsumer last = stopping.close();
            if (last != null) {
                last.await(Duration.ofMillis(getShutdownTimeout()));
            }
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
