package dev.caravan.component.websocket;

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
import org.springframework.context.SmartLifecycle;

/**
 * The paths of this node and how many connections they have. There is one, however many Camel contexts there are: the
 * component belongs to a context, connections do not. Thread-safe.
 */
public final class WebSocketPaths implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(WebSocketPaths.class);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    /** How long a server that stops waits at most for its peers to close. */
    private static final long GOODBYE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final Map<String, WebSocketPath> paths = new ConcurrentHashMap<>();
    private final Map<String, Integer> addresses = new ConcurrentHashMap<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final List<LongConsumer> looks = new CopyOnWriteArrayList<>(List.of(this::lookAtConnections));
    private final WebSocketMeters meters;
    private volatile boolean running;

    WebSocketPaths(WebSocketMeters meters) {
        this.meters = meters;
        meters.connections(connections);
    }

    public WebSocketMeters meters() {
        return meters;
    }

    /** The path of that name; null if no consumer has it. */
    public WebSocketPath path(String name) {
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

    /** Says goodbye to the connections whose last consumer was of that component. */
    void close(WebSocketComponent component, String reason) {
        paths.values().stream().filter(path -> path.isOf(component)).forEach(path -> path.close(reason));
    }

    @Override
    public void start() {
        running = true;
    }

    /**
     * Says goodbye to all connections, and waits for their answers. The server itself would close them as idle as soon as
     * it stops, with what they have sent unread; then the system takes back what they have not read yet.
     */
    @Override
    public void stop() {
        running = false;
        paths.values().forEach(path -> path.close("The server stops."));
        long end = System.nanoTime() + GOODBYE_NANOS;
        while (paths.values().stream().anyMatch(WebSocketPath::isOpen) && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    /** False from when the server stops: nobody else may connect. */
    @Override
    public boolean isRunning() {
        return running;
    }

    /** Stops before anything else does, the server above all. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE;
    }

    /** Has that called twice a second, with {@link System#nanoTime()}, as long as there is a component. */
    public void look(LongConsumer look) {
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
    public int count() {
        return connections.get();
    }

    /** Connections that are open from one address. */
    public int count(String address) {
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
