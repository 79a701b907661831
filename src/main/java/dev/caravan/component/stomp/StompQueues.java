package dev.caravan.component.stomp;

import com.rabbitmq.client.Channel;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.springframework.amqp.rabbit.connection.ConnectionFactory;

/**
 * The subscriptions of this node to queues. Thread-safe; nobody waits for the broker.
 *
 * <p>Meters: {@code caravan.stomp.queue.subscriptions}.
 */
public final class StompQueues {
    private final ConnectionFactory connections;
    private final QueueDeclarations declarations;
    private final Executor executor;
    private final int most;
    private final Set<QueueSubscription> open = ConcurrentHashMap.newKeySet();

    /**
     * @param executor waits for the broker
     * @param most subscriptions at a time
     */
    StompQueues(
            ConnectionFactory connections,
            QueueDeclarations declarations,
            Executor executor,
            int most,
            MeterRegistry registry) {
        this.connections = connections;
        this.declarations = declarations;
        this.executor = executor;
        this.most = most;
        Gauge.builder("caravan.stomp.queue.subscriptions", open, Set::size)
                .description("Subscriptions to queues of routes")
                .register(registry);
    }

    /**
     * Subscribes to the queue of a destination. Messages come as soon as the broker has answered.
     *
     * @param prefetch how many messages may be with the subscriber that it has not acknowledged
     * @param receiver gets the messages, one after the other, on any thread
     * @throws StompRejected if there are too many subscriptions, or queues
     */
    public QueueSubscription subscribe(
            String destination, int prefetch, Consumer<QueueSubscription.Received> receiver) {
        declarations.checkRoom(name(destination));
        if (open.size() >= most) {
            throw new StompRejected("More than " + most + " subscriptions to queues. Subscribe later");
        }
        QueueSubscription subscription = new QueueSubscription(this, destination, prefetch, receiver);
        open.add(subscription);
        open(subscription);
        return subscription;
    }

    /** To be called again and again: opens anew what has lost its channel. */
    public void maintain() {
        open.forEach(this::open);
    }

    private void open(QueueSubscription subscription) {
        if (subscription.takeOpening(System.nanoTime())) {
            execute(subscription::open);
        }
    }

    void closed(QueueSubscription subscription, Runnable end) {
        open.remove(subscription);
        execute(end);
    }

    void execute(Runnable task) {
        try {
            executor.execute(task);
        } catch (RejectedExecutionException e) {
            // this node stops, and its connection to the broker with it
        }
    }

    String name(String destination) {
        return declarations.queue(destination);
    }

    /** A channel on which the queue was declared. */
    Channel openChannel(String destination) throws IOException {
        Channel channel = connections.createConnection().getDelegate().createChannel();
        if (channel == null) {
            throw new IOException("the connection has no free channel");
        }
        declarations.declare(name(destination), channel);
        return channel;
    }
}
