package dev.caravan.component.rabbitmq;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.springframework.amqp.core.AmqpAdmin;

/**
 * Hands the feed of a route that has stopped to the next route that consumes the same queues: its next revision. The
 * broker notices nothing. So a queue that ends with its last consumer lives on, messages stay in their order, and what the
 * former revision still runs counts against the concurrency. After {@value #KEPT_MILLIS} ms without a successor the feed
 * is closed. Thread-safe.
 */
final class QueueFeeds {
    static final int KEPT_MILLIS = 15_000;

    private final Map<QueueFeed.Source, QueueFeed> left = new ConcurrentHashMap<>();
    private final BooleanSupplier open;

    /** @param open whether the node may begin work */
    QueueFeeds(BooleanSupplier open) {
        this.open = open;
    }

    /** The feed that a former revision has left, else a new one. */
    QueueFeed take(QueueFeed.Source source, AmqpAdmin admin) {
        QueueFeed former = left.remove(source);
        return former == null ? new QueueFeed(source, admin, open) : former;
    }

    /** Keeps a feed for its next route. */
    void leave(QueueFeed feed) {
        feed.detach();
        QueueFeed other = left.put(feed.source(), feed);
        if (other != null) {
            other.close();
        }
        feed.schedule(KEPT_MILLIS, () -> {
            if (left.remove(feed.source(), feed)) {
                feed.close();
            }
        });
    }
}
