package dev.caravan.event;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What waits for the route that starts at {@code events:<name>}, in its order. It outlives a route that is replaced. When
 * too many wait, the oldest are dropped: nobody else is held up. Thread-safe.
 */
final class SubscriberQueue {
    private static final Logger LOG = LoggerFactory.getLogger(SubscriberQueue.class);
    private static final long MAX_BYTES = 16L * 1024 * 1024;
    private static final long LOG_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final String name;
    private final String key;
    private final MeterRegistry registry;
    private final Counter dropped;
    private final Gauge size;
    private final Deque<Event> waiting = new ArrayDeque<>();
    /** Held while a route processes events: a route that is replaced finishes its last event first. */
    private final ReentrantLock processing = new ReentrantLock(true);

    private int backlog;
    private long bytes;
    private long unreported;
    private long reportedAt = System.nanoTime() - LOG_INTERVAL_NANOS;

    SubscriberQueue(String name, String key, MeterRegistry registry) {
        this.name = name;
        this.key = key;
        this.registry = registry;
        this.dropped = Counter.builder("caravan.events.dropped")
                .tag("subscription", name)
                .description("Events that a full queue of a subscription dropped")
                .register(registry);
        this.size = Gauge.builder("caravan.events.waiting", this, SubscriberQueue::size)
                .tag("subscription", name)
                .description("Events that wait for a subscription")
                .register(registry);
    }

    String key() {
        return key;
    }

    ReentrantLock processing() {
        return processing;
    }

    synchronized int size() {
        return waiting.size();
    }

    /** Removes the meters; nothing takes from here any more. */
    void close() {
        registry.remove(size);
    }

    synchronized void setBacklog(int most) {
        backlog = most;
    }

    /** Adds an event, if it has the key of this subscription. */
    synchronized void offer(Event event) {
        if (!Objects.equals(key, event.key())) {
            return;
        }
        waiting.add(event);
        bytes += event.bytes();
        while (waiting.size() > backlog || bytes > MAX_BYTES) {
            bytes -= waiting.remove().bytes();
            dropped();
        }
        notifyAll();
    }

    private void dropped() {
        dropped.increment();
        unreported++;
        if (System.nanoTime() - reportedAt > LOG_INTERVAL_NANOS) {
            LOG.warn(
                    "The subscription {} is too slow; it dropped the {} oldest of its waiting events",
                    name,
                    unreported);
            unreported = 0;
            reportedAt = System.nanoTime();
        }
    }

    /** The next event; null if none comes in time, and now and then earlier. */
    synchronized Event poll(long millis) throws InterruptedException {
        if (waiting.isEmpty()) {
            wait(millis);
        }
        Event event = waiting.poll();
        if (event != null) {
            bytes -= event.bytes();
        }
        return event;
    }
}
