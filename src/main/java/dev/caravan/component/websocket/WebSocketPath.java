package dev.caravan.component.websocket;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The connections of a path, and the consumer that receives their events. When a route is edited, the connections wait
 * here for the new route's consumer.
 */
public final class WebSocketPath {
    private final WebSocketPaths paths;
    private final String name;

    /** Open connections, and closed ones whose last event has not been processed. */
    private final Map<String, Connection> connections = new ConcurrentHashMap<>();

    private final Set<WebSocketConsumer> known = ConcurrentHashMap.newKeySet();
    private volatile WebSocketConsumer consumer;

    /** As {@link #consumer}; while a successor is expected, the previous one. */
    private volatile WebSocketConsumer expected;

    /** The consumer that came last, running or not. */
    private volatile WebSocketConsumer last;

    /** Counts the changes of the consumer: a change makes earlier timers void. */
    private long changes;

    /** Whether the time for another consumer to take over has passed. */
    private boolean expired;

    WebSocketPath(WebSocketPaths paths, String name) {
        this.paths = paths;
        this.name = name;
    }

    /**
     * The consumer whose options apply to new connections; null if they are rejected. Their events wait if it is
     * suspended.
     */
    WebSocketConsumer expected() {
        return expected;
    }

    /** The consumer that takes events; null while there is none. */
    WebSocketConsumer consumer() {
        return consumer;
    }

    /** Whether SockJS owns what is below this path; unchanged while there is no consumer. */
    boolean hasSockJs() {
        return last.options().isSockJs();
    }

    Connection connection(String key) {
        return connections.get(key);
    }

    public Collection<Connection> connections() {
        return connections.values();
    }

    synchronized void attach(WebSocketConsumer next) {
        known.add(next);
        changes++;
        expired = false;
        consumer = next;
        expected = next;
        last = next;
        connections.values().forEach(Connection::runNext);
    }

    /**
     * No successor is expected: rejects new connections at once; another consumer may still take over the present ones.
     */
    synchronized void stop(WebSocketConsumer stopped) {
        detach(stopped);
        if (expected == stopped) {
            expected = null;
        }
    }

    synchronized void detach(WebSocketConsumer suspended) {
        if (consumer != suspended) {
            return;
        }
        consumer = null;
        expected = suspended;
        long change = ++changes;
        suspended.component().afterTakeover(() -> expire(change));
    }

    /** Whether a suspended consumer is left, or another may still take over. */
    synchronized boolean remove(WebSocketConsumer gone) {
        detach(gone);
        known.remove(gone);
        return !known.isEmpty() || !expired;
    }

    boolean isOf(WebSocketComponent component) {
        return last.component() == component;
    }

    private synchronized void expire(long change) {
        if (changes != change) {
            return;
        }
        expired = true;
        expected = null;
        close("The service has stopped.");
        if (known.isEmpty()) {
            paths.forget(name, this);
        }
    }

    public void close(String reason) {
        connections.values().forEach(connection -> connection.goAway(reason));
    }

    /** Whether a peer has not closed its connection yet. */
    boolean isOpen() {
        return connections.values().stream().anyMatch(Connection::isOpen);
    }

    void add(Connection connection) {
        connections.put(connection.key(), connection);
    }

    void remove(Connection connection) {
        connections.remove(connection.key());
    }
}
