package dev.caravan.component.stomp;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The destinations that routes of this node make. Thread-safe. */
public final class StompDestinations {
    /** By the shapes of their patterns. */
    private final Map<String, StompConsumer> consumers = new ConcurrentHashMap<>();

    /** Takes the place of a consumer of the same pattern: the one of the route's former revision. */
    void attach(StompConsumer consumer) {
        consumers.put(consumer.pattern().shape(), consumer);
    }

    /** Does nothing if another one has taken its place. */
    void detach(StompConsumer consumer) {
        consumers.remove(consumer.pattern().shape(), consumer);
    }

    /** The destination of this name; null if no route makes it. */
    public StompDestination find(String name) {
        StompConsumer first = null;
        Map<String, String> values = null;
        for (StompConsumer consumer : consumers.values()) {
            Map<String, String> match = consumer.pattern().match(name);
            if (match != null && (first == null || consumer.pattern().isBefore(first.pattern()))) {
                first = consumer;
                values = match;
            }
        }
        return first == null ? null : new StompDestination(name, first, values);
    }
}
