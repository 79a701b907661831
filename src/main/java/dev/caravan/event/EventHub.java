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

/**
 * Gives each event that comes to this node to all who follow events here, and waits for none of them. Thread-safe.
 *
 * <p>Meters: {@code caravan.events.received}; for each subscription {@code caravan.events.waiting} and {@code .dropped}.
 */
public final class EventHub {
    private static final Logger LOG = LoggerFactory.getLogger(EventHub.class);
    /** How long a subscription gathers events when its route has ended: another revision of it may begin. */
    private static final long OUTLIVES_MILLIS = 10_000;
    /** How long the start of a route waits until its key is known to the broker. */
    private static final long BIND_MILLIS = 2500;

    private final EventLog log;
    private final EventKeys keys;
    private final EventFollowers followers;
    private final ScheduledExecutorService clock;
    private final MeterRegistry registry;
    private final Counter received;
    private final Map<String, Subscribed> subscribed = new ConcurrentHashMap<>();

    /** @param owner the consumer that takes from the subscription; null when its route has ended */
    private record Subscribed(SubscriberQueue subscription, Object owner) {}

    EventHub(
            EventLog log,
            EventKeys keys,
            EventFollowers followers,
            ScheduledExecutorService clock,
            MeterRegistry registry) {
        this.log = log;
        this.keys = keys;
        this.followers = followers;
        this.clock = clock;
        this.registry = registry;
        this.received = registry.counter("caravan.events.received");
    }

    MeterRegistry registry() {
        return registry;
    }

    /** Tells all who follow events on this node. */
    public void tell(@Body Event event) {
        received.increment();
        log.add(event);
        subscribed.values().forEach(each -> each.subscription.offer(event));
        followers.wake();
    }

    /**
     * Begins to gather events, or goes on, if another consumer has left some of the same key a moment ago.
     *
     * @param key null for events without one
     * @param owner who takes them
     * @throws IllegalStateException if another consumer takes from a subscription of this name
     */
    SubscriberQueue subscribe(String name, String key, Object owner) throws InterruptedException {
        if (key == null) {
            return attach(name, null, owner);
        }
        CompletableFuture<Boolean> bound = keys.follow(key);
        SubscriberQueue subscription;
        try {
            subscription = attach(name, key, owner);
        } catch (IllegalStateException e) {
            keys.leave(key);
            throw e;
        }
        try {
            bound.get(BIND_MILLIS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("Events: the broker is slow; {} gets those with the key {} later", name, key);
        }
        return subscription;
    }

    private synchronized SubscriberQueue attach(String name, String key, Object owner) {
        Subscribed before = subscribed.get(name);
        if (before != null && before.owner != null && before.owner != owner) {
            throw new IllegalStateException("Another route takes from events:" + name + " already");
        }
        boolean goesOn = before != null && Objects.equals(before.subscription.key(), key);
        if (before != null && !goesOn) {
            before.subscription.close();
        }
        SubscriberQueue subscription = goesOn ? before.subscription : new SubscriberQueue(name, key, registry);
        subscribed.put(name, new Subscribed(subscription, owner));
        return subscription;
    }

    /** Ends {@link #subscribe}. Events are gathered for a moment longer. */
    synchronized void unsubscribe(String name, Object owner) {
        Subscribed now = subscribed.get(name);
        if (now == null || now.owner != owner) {
            return;
        }
        Subscribed left = new Subscribed(now.subscription, null);
        subscribed.put(name, left);
        String key = now.subscription.key();
        if (key != null) {
            keys.leave(key); // which lasts longer than this subscription
        }
        clock.schedule(() -> forget(name, left), OUTLIVES_MILLIS, TimeUnit.MILLISECONDS);
    }

    private synchronized void forget(String name, Subscribed left) {
        if (subscribed.get(name) == left) {
            subscribed.remove(name);
            left.subscription.close();
        }
    }
}
