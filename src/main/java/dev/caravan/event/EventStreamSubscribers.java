package dev.caravan.event;

import dev.caravan.http.EventStream;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/**
 * Subscribers to events over HTTP. Each reads the log as fast as its client reads; a client that falls behind the log gets a
 * {@code gap}. Thread-safe; waits for no client.
 *
 * <p>The id in a stream is the event's id, an {@code @} and the name of this node. A client that reconnects with the id of
 * another node, where events may have come in another order, gets some events twice rather than miss one.
 *
 * <p>Meters: {@code caravan.events.subscribers}.
 */
@Component
final class EventStreamSubscribers {
    private static final String GAP = "gap";
    private static final String MISSING = "{\"reason\":\"Events may be missing here.\"}";
    /** How long the response waits until the broker has bound the key. */
    private static final long BIND_MILLIS = 2500;

    private final EventLog log;
    private final EventKeys keys;
    private final ScheduledExecutorService thread;
    private final String node;
    private final Set<Subscriber> subscribers = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean scheduled = new AtomicBoolean();

    /**
     * @param thread on which events are sent
     * @param node a name that no other start of any node has
     */
    EventStreamSubscribers(
            EventLog log,
            EventKeys keys,
            @Qualifier("eventThread") ScheduledExecutorService thread,
            @Value("${caravan.instance}") String node,
            MeterRegistry registry) {
        this.log = log;
        this.keys = keys;
        this.thread = thread;
        this.node = node;
        Gauge.builder("caravan.events.subscribers", subscribers, Set::size)
                .description("Clients that are subscribed to events over HTTP")
                .register(registry);
    }

    /**
     * Opens a stream.
     *
     * @param key null for events without one
     * @param lastId the id of the last event that the client received; null: the stream begins with the next event
     * @return the stream, complete once no event can be missed
     * @throws IllegalStateException if there are too many keys
     */
    CompletableFuture<EventStream> subscribe(String key, String lastId) {
        if (key == null) {
            return CompletableFuture.completedFuture(open(null, lastId));
        }
        return keys.acquire(key)
                .copy()
                .completeOnTimeout(false, BIND_MILLIS, TimeUnit.MILLISECONDS)
                .thenApplyAsync(bound -> open(key, lastId), thread);
    }

    private EventStream open(String key, String lastId) {
        EventStream stream = new EventStream();
        Subscriber subscriber = new Subscriber(stream, reader(key, lastId));
        subscribers.add(subscriber);
        stream.onEnd(() -> {
            subscribers.remove(subscriber);
            if (key != null) {
                keys.release(key);
            }
        });
        stream.onReady(subscriber::send);
        return stream;
    }

    private EventLog.Reader reader(String key, String lastId) {
        if (lastId == null || lastId.isBlank()) {
            return log.readFromEnd(key);
        }
        int at = lastId.lastIndexOf('@');
        boolean here = at >= 0 && lastId.substring(at + 1).equals(node);
        return log.readAfter(key, at < 0 ? lastId : lastId.substring(0, at), here);
    }

    /** Sends what is new in the log. */
    void notifyAllSubscribers() {
        if (!subscribers.isEmpty() && scheduled.compareAndSet(false, true)) {
            thread.execute(() -> {
                scheduled.set(false);
                subscribers.forEach(Subscriber::send);
            });
        }
    }

    private final class Subscriber {
        private final EventStream stream;
        private final EventLog.Reader reader;

        Subscriber(EventStream stream, EventLog.Reader reader) {
            this.stream = stream;
            this.reader = reader;
        }

        synchronized void send() {
            while (stream.isReady()) {
                EventLog.Read read = log.next(reader);
                if (read == null) {
                    return;
                }
                Event event = read.event();
                if (event == null) {
                    stream.send(null, GAP, MISSING);
                } else {
                    stream.send(event.id() + "@" + node, null, event.text());
                }
            }
        }
    }
}
