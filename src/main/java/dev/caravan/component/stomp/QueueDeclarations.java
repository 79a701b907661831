package dev.caravan.component.stomp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.amqp.AmqpException;
import org.springframework.amqp.rabbit.connection.ConnectionFactory;

/**
 * The queues on the broker, a durable one for each destination. Declaring one tells how many messages wait in it: so a queue is
 * declared once a second while messages are sent to it, and bounded on a broker without policies, too. Thread-safe.
 */
final class QueueDeclarations {
    private static final Logger LOG = LoggerFactory.getLogger(QueueDeclarations.class);
    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** Of a full queue, which its senders ask for again and again. */
    private static final long FULL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    /** A queue counts as in use for so long after it was declared. */
    private static final long USED_NANOS = TimeUnit.MINUTES.toNanos(10);

    /** Stands for a slash, which the embedded broker takes for the end of an exchange's name; no destination has it. */
    private static final char SLASH = '>';

    private final ConnectionFactory connections;
    private final Executor executor;
    private final String prefix;
    private final int mostQueues;
    private final Map<String, Depth> depths = new ConcurrentHashMap<>();

    /** How many messages waited, and how many this node has sent since. */
    private record Depth(long at, AtomicInteger messages) {
        boolean isOlderThan(long nanos) {
            return System.nanoTime() - at > nanos;
        }
    }

    /**
     * @param executor waits for the broker
     * @param prefix of the names of the queues
     * @param mostQueues in use on this node at a time
     */
    QueueDeclarations(ConnectionFactory connections, Executor executor, String prefix, int mostQueues) {
        this.connections = connections;
        this.executor = executor;
        this.prefix = prefix;
        this.mostQueues = mostQueues;
    }

    /** The name of the queue of a destination. */
    String queue(String destination) {
        return prefix + destination.substring(DestinationPattern.QUEUE.length()).replace('/', SLASH);
    }

    private String destination(String queue) {
        return DestinationPattern.QUEUE + queue.substring(prefix.length()).replace(SLASH, '/');
    }

    /**
     * Counts one more message.
     *
     * @return done when the queue is there and may have it; fails with {@link StompRejected} if it is full
     */
    CompletableFuture<Void> admit(String queue, int most) {
        Depth known = depths.get(queue);
        if (known != null && !known.isOlderThan(FRESH_NANOS) && known.messages.get() < most) {
            known.messages.incrementAndGet();
            return CompletableFuture.completedFuture(null);
        }
        if (known != null && !known.isOlderThan(FULL_NANOS)) {
            return CompletableFuture.failedFuture(full(queue, most));
        }
        return CompletableFuture.runAsync(
                () -> {
                    if (declare(queue).messages.getAndIncrement() >= most) {
                        throw full(queue, most);
                    }
                },
                executor);
    }

    private StompRejected full(String queue, int most) {
        return new StompRejected(
                "As many messages wait in " + destination(queue) + " as may: " + most + ". Send later");
    }

    private Depth declare(String queue) {
        checkRoom(queue);
        try (Channel channel = connections.createConnection().createChannel(false)) {
            return declare(queue, channel);
        } catch (IOException | TimeoutException | AmqpException e) {
            LOG.debug("Cannot declare {}", queue, e);
            throw new StompRejected("The broker has no queue for " + destination(queue) + " now. Send later");
        }
    }

    /** Declares it on a channel of the caller. */
    Depth declare(String queue, Channel channel) throws IOException {
        AMQP.Queue.DeclareOk declared = channel.queueDeclare(queue, true, false, false, null);
        Depth depth = new Depth(System.nanoTime(), new AtomicInteger(declared.getMessageCount()));
        depths.put(queue, depth);
        return depth;
    }

    /** @throws StompRejected if too many others are in use */
    void checkRoom(String queue) {
        if (depths.size() >= mostQueues && !depths.containsKey(queue)) {
            depths.values().removeIf(depth -> depth.isOlderThan(USED_NANOS));
            if (depths.size() >= mostQueues) {
                throw new StompRejected("More than " + mostQueues + " queues are in use. Send later");
            }
        }
    }

    /** It may be gone, or not as it was. */
    void forget(String queue) {
        depths.remove(queue);
    }
}
