package dev.caravan.component.websocket;

import java.util.List;
import java.util.Map;
import java.util.Optional;
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
 * The paths of this node and the number of their connections. One for all Camel contexts: a component belongs to a
 * context, connections do not. Thread-safe.
 */
public final class WebSocketPaths implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(WebSocketPaths.class);
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    /** The longest wait for peers to close when the server stops. */
    private static final long CLOSE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final Map<String, WebSocketPath> paths = new ConcurrentHashMap<>();
    private final Map<String, Integer> addresses = new ConcurrentHashMap<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final List<LongConsumer> checks = new CopyOnWriteArrayList<>(List.of(this::checkConnections));
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

    /** The consumer has stopped, and no successor is known. */
    void stop(WebSocketConsumer consumer) {
        Optional.ofNullable(paths.get(consumer.path())).ifPresent(path -> path.stop(consumer));
    }

    /** The consumer is suspended; it may resume, or another may take over. */
    void detach(WebSocketConsumer consumer) {
        Optional.ofNullable(paths.get(consumer.path())).ifPresent(path -> path.detach(consumer));
    }

    /** The consumer is gone for good. */
    void remove(WebSocketConsumer consumer) {
        paths.computeIfPresent(consumer.path(), (name, path) -> path.remove(consumer) ? path : null);
    }

    void forget(String name, WebSocketPath path) {
        paths.remove(name, path);
    }

    /** Closes the connections whose last consumer belonged to that component. */
    void close(WebSocketComponent component, String reason) {
        paths.values().stream().filter(path -> path.isOf(component)).forEach(path -> path.close(reason));
    }

    @Override
    public void start() {
        running = true;
    }

    /**
     * Closes all connections, and waits for the peers' Close. The server itself would close them at once, with bytes
     * unread; the system would then reset them, and peers would lose what they had not read yet.
     */
    @Override
    public void stop() {
        running = false;
        paths.values().forEach(path -> path.close("The server stops."));
        long end = System.nanoTime() + CLOSE_NANOS;
        while (paths.values().stream().anyMatch(WebSocketPath::isOpen) && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    /** False from the moment the server stops: nobody else may connect. */
    @Override
    public boolean isRunning() {
        return running;
    }

    /** Stops before everything else, above all before the server. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE;
    }

    /** Calls the check twice a second, with {@link System#nanoTime()}, as long as there is a component. */
    public void onTick(LongConsumer check) {
        checks.add(check);
    }

    void tick() {
        long now = System.nanoTime();
        for (LongConsumer check : checks) {
            try {
                check.accept(now);
            } catch (RuntimeException e) {
                LOG.error("Failed to check the timeouts of WebSocket connections", e);
            }
        }
    }

    private void checkConnections(long now) {
        paths.values().forEach(path -> path.connections().forEach(connection -> connection.tick(now)));
    }

    public int count() {
        return connections.get();
    }

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
