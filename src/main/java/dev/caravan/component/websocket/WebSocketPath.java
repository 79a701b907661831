package dev.caravan.component.websocket;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The connections of a path, and the consumer that has their events now. When a route is edited, the connections wait
 * here for the consumer of its successor.
 */
public final class WebSocketPath {
    private final WebSocketPaths paths;
    private final String name;

    /** Open ones, and closed ones whose last event has not been worked. */
    private final Map<String, Connection> connections = new ConcurrentHashMap<>();

    private final Set<WebSocketConsumer> known = ConcurrentHashMap.newKeySet();
    private volatile WebSocketConsumer consumer;

    /** As {@link #consumer}, and when a successor is to come, the one before it. */
    private volatile WebSocketConsumer expected;

    private volatile boolean sockJs;

    /** Whose consumer was the last. */
    private WebSocketComponent component;

    /** Counts the changes of the consumer: a timer that was started before the last one means nothing any more. */
    private long changes;

    /** Whether the time in which another consumer might have taken over is past. */
    private boolean expired;

    WebSocketPath(WebSocketPaths paths, String name) {
        this.paths = paths;
        this.name = name;
    }

    /** By whose options new connections are taken; null if they are refused. Their events wait if it takes none now. */
    WebSocketConsumer expected() {
        return expected;
    }

    /** The consumer that takes events; null while there is none. */
    WebSocketConsumer consumer() {
        return consumer;
    }

    /** Whether what is below this path is for SockJS; also while there is no consumer, if it was before. */
    boolean hasSockJs() {
        return sockJs;
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
        component = next.component();
        sockJs = next.options().isSockJs();
        connections.values().forEach(Connection::go);
    }

    /** No consumer is to come soon: new connections are refused at once, those that are there may yet be taken over. */
    synchronized void stop(WebSocketConsumer last) {
        detach(last);
        if (expected == last) {
            expected = null;
        }
    }

    synchronized void detach(WebSocketConsumer last) {
        if (consumer != last) {
            return;
        }
        consumer = null;
        expected = last;
        long change = ++changes;
        last.component().afterTakeover(() -> expire(change));
    }

    /** Whether a consumer is left that may come back, or one may yet take over. */
    synchronized boolean remove(WebSocketConsumer gone) {
        detach(gone);
        known.remove(gone);
        return !known.isEmpty() || !expired;
    }

    synchronized boolean isOf(WebSocketComponent one) {
        return component == one;
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
