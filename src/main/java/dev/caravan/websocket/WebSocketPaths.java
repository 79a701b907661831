package dev.caravan.websocket;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The paths of this node and how many connections they have. There is one, however many Camel contexts there are: the
 * component belongs to a context, connections do not. Thread-safe.
 */
final class WebSocketPaths {
    private static final Logger LOG = LoggerFactory.getLogger(WebSocketPaths.class);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Map<String, WebSocketPath> paths = new ConcurrentHashMap<>();
    private final Map<String, Integer> addresses = new ConcurrentHashMap<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final List<LongConsumer> looks = new CopyOnWriteArrayList<>(List.of(this::lookAtConnections));
    private final WebSocketMeters meters;

    WebSocketPaths(WebSocketMeters meters) {
        this.meters = meters;
        meters.connections(connections);
    }

    WebSocketMeters meters() {
        return meters;
    }

    /** The path of that name; null if no consumer has it. */
    WebSocketPath path(String name) {
        return paths.get(name);
    }

    void attach(WebSocketConsumer consumer) {
        paths.compute(consumer.path(), (name, path) -> {
            WebSocketPath it = path == null ? new WebSocketPath(this, name) : path;
            it.attach(consumer);
            return it;
        });
    }

    /** The consumer has stopped, and nobody is known to take over. */
    void stop(WebSocketConsumer consumer) {
        WebSocketPath path = paths.get(consumer.path());
        if (path != null) {
            path.stop(consumer);
        }
    }

    /** The consumer takes no events for now; it may come back, or another may take over. */
    void detach(WebSocketConsumer consumer) {
        WebSocketPath path = paths.get(consumer.path());
        if (path != null) {
            path.detach(consumer);
        }
    }

    /** The consumer is gone for good. */
    void remove(WebSocketConsumer consumer) {
        paths.computeIfPresent(consumer.path(), (name, path) -> path.remove(consumer) ? path : null);
    }

    void forget(String name, WebSocketPath path) {
        paths.remove(name, path);
    }

    /**
     * Says goodbye to the connections whose last consumer was of that component, and waits for their answers: a socket
     * that is closed with unread bytes in it takes what was sent last back from the peer.
     */
    void close(WebSocketComponent component, String reason, long mostMillis) {
        List<WebSocketPath> all =
                paths.values().stream().filter(path -> path.isOf(component)).toList();
        all.forEach(path -> path.close(reason));
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(mostMillis);
        while (all.stream().anyMatch(WebSocketPath::isOpen) && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    /** Has that called twice a second, with {@link System#nanoTime()}, as long as there is a component. */
    void look(LongConsumer look) {
        looks.add(look);
    }

    void tick() {
        long now = System.nanoTime();
        for (LongConsumer look : looks) {
            try {
                look.accept(now);
            } catch (RuntimeException e) {
                LOG.error("WebSocket connections could not be looked after", e);
            }
        }
    }

    private void lookAtConnections(long now) {
        paths.values().forEach(path -> path.connections().forEach(connection -> connection.tick(now)));
    }

    /** Connections that are open. */
    int count() {
        return connections.get();
    }

    /** Connections that are open from one address. */
    int count(String address) {
        return addresses.getOrDefault(address, 0);
    }

    void opened(String address) {
        connections.incrementAndGet();
        addresses.merge(address, 1, Integer::sum);
    }

    void closed(String address) {
        connections.decrementAndGet();
        addresses.computeIfPresent(address, (name, count) -> count == 1 ? null : count - 1);
    }
}
