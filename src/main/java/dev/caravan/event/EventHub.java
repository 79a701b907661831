package dev.caravan.event;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.camel.Body;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.stereotype.Component;

/**
 * Delivers each event that reaches this node to its subscribers, routes and streams, and waits for none. Thread-safe.
 *
 * <p>Meters: {@code caravan.events.received}; for each subscription {@code caravan.events.waiting} and {@code .dropped}.
 */
@Component
public final class EventHub {
    private static final Logger LOG = LoggerFactory.getLogger(EventHub.class);
    /** How long a subscription collects events after its route has stopped: another revision of the route may start. */
    private static final long GRACE_MILLIS = 10_000;
    /** How long the start of a route waits until the broker has bound its key. */
    private static final long BIND_MILLIS = 2500;

    private final EventLog log;
    private final EventKeys keys;
    private final EventStreamSubscribers subscribers;
    private final ScheduledExecutorService clock;
    private final MeterRegistry registry;
    private final Counter received;
    private final Map<String, Subscribed> subscribed = new ConcurrentHashMap<>();

    /** @param owner the consumer that takes from the subscription; null after its route has stopped */
    private record Subscribed(SubscriberQueue subscription, Object owner) {}

    EventHub(
            EventLog log,
            EventKeys keys,
            EventStreamSubscribers subscribers,
            @Qualifier("eventThread") ScheduledExecutorService clock,
            MeterRegistry registry) {
        this.log = log;
        this.keys = keys;
        this.subscribers = subscribers;
        this.clock = clock;
        this.registry = registry;
        this.received = Counter.builder("caravan.events.received")
                .description("Events that this node received")
                .register(registry);
    }

    MeterRegistry registry() {
        return registry;
    }

    /** Logs an event and delivers it to all subscribers on this node. */
    public void deliver(@Body Event event) {
        received.increment();
        log.add(event);
        subscribed.values().forEach(each -> each.subscription.offer(event));
        subscribers.notifyAllSubscribers();
    }

    /**
     * Begins to collect events, or resumes the subscription that another consumer of the same key left a moment ago.
     *
     * @param key null for events without one
     * @param owner the consumer that takes them
     * @throws IllegalStateException if another consumer takes from a subscription of this name
     */
    SubscriberQueue subscribe(String name, String key, Object owner) throws InterruptedException {
        if (key == null) {
            return attach(name, null, owner);
        }
        CompletableFuture<Boolean> bound = keys.acquire(key);
        SubscriberQueue subscription;
        try {
            subscription = attach(name, key, owner);
        } catch (IllegalStateException e) {
            keys.release(key);
            throw e;
        }
        try {
            bound.get(BIND_MILLIS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("The broker has not bound the key {} yet; the subscription {} gets its events later", key, name);
        }
        return subscription;
    }

    private synchronized SubscriberQueue attach(String name, String key, Object owner) {
        Subscribed before = subscribed.get(name);
        if (before != null && before.owner != null && before.owner != owner) {
            throw new IllegalStateException(
                    "Another route already consumes events:" + name + "; give this subscription another name");
        }
        boolean resumes = before != null && Objects.equals(before.subscription.key(), key);
        if (before != null && !resumes) {
            before.subscription.close();
        }
        SubscriberQueue subscription = resumes ? before.subscription : new SubscriberQueue(name, key, registry);
        subscribed.put(name, new Subscribed(subscription, owner));
        return subscription;
    }

    /** Ends {@link #subscribe}. The subscription collects events for a moment longer. */
    synchronized void unsubscribe(String name, Object owner) {
        Subscribed now = subscribed.get(name);
        if (now == null || now.owner != owner) {
            return;
        }
        Subscribed left = new Subscribed(now.subscription, null);
        subscribed.put(name, left);
        String key = now.subscription.key();
        if (key != null) {
            keys.release(key); // the key outlives this subscription
        }
        clock.schedule(() -> remove(name, left), GRACE_MILLIS, TimeUnit.MILLISECONDS);
    }

    private synchronized void remove(String name, Subscribed left) {
        if (subscribed.get(name) == left) {
            subscribed.remove(name);
            left.subscription.close();
        }
    }
}
