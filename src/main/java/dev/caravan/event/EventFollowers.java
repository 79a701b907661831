package dev.caravan.event;

import dev.caravan.http.EventStream;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Who follows events over HTTP. Each reads from the log as fast as its client does; one that is so slow that the log has
 * gone on is told that something is missing. Thread-safe; waits for no client.
 *
 * <p>The id of an event in a stream is its own and, behind an {@code @}, this node's: whoever comes again with one of
 * another node may have missed some that came in another order there, and gets some twice instead.
 *
 * <p>Meters: {@code caravan.events.followers}.
 */
final class EventFollowers {
    private static final String GAP = "gap";
    private static final String MISSING = "{\"reason\":\"Events may be missing here.\"}";
    /** How long the answer waits until the key is known to the broker. */
    private static final long BIND_MILLIS = 2500;

    private final EventLog log;
    private final EventKeys keys;
    private final ScheduledExecutorService thread;
    private final String node;
    private final Set<Follower> followers = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean woken = new AtomicBoolean();

    /**
     * @param thread on which events are sent
     * @param node a name that no other start of any node has
     */
    EventFollowers(EventLog log, EventKeys keys, ScheduledExecutorService thread, String node, MeterRegistry registry) {
        this.log = log;
        this.keys = keys;
        this.thread = thread;
        this.node = node;
        registry.gaugeCollectionSize("caravan.events.followers", List.of(), followers);
    }

    /**
     * Begins to follow.
     *
     * @param key null for events without one
     * @param lastId the id of the last event that the client got; null if it has none, and wants what comes from now on
     * @return the answer, as soon as nothing is missed any more
     * @throws IllegalStateException if there are too many keys
     */
    CompletableFuture<EventStream> follow(String key, String lastId) {
        if (key == null) {
            return CompletableFuture.completedFuture(open(null, lastId));
        }
        return keys.follow(key)
                .copy()
                .completeOnTimeout(false, BIND_MILLIS, TimeUnit.MILLISECONDS)
                .thenApplyAsync(bound -> open(key, lastId), thread);
    }

    private EventStream open(String key, String lastId) {
        EventStream stream = new EventStream();
        Follower follower = new Follower(stream, reader(key, lastId));
        followers.add(follower);
        stream.onEnd(() -> {
            followers.remove(follower);
            if (key != null) {
                keys.leave(key);
            }
        });
        stream.onReady(follower::send);
        return stream;
    }

    private EventLog.Reader reader(String key, String lastId) {
        if (lastId == null || lastId.isBlank()) {
            return log.now(key);
        }
        int at = lastId.lastIndexOf('@');
        boolean here = at >= 0 && lastId.substring(at + 1).equals(node);
        return log.after(key, at < 0 ? lastId : lastId.substring(0, at), here);
    }

    /** There is something new in the log. */
    void wake() {
        if (!followers.isEmpty() && woken.compareAndSet(false, true)) {
            thread.execute(() -> {
                woken.set(false);
                followers.forEach(Follower::send);
            });
        }
    }

    private final class Follower {
        private final EventStream stream;
        private final EventLog.Reader reader;

        Follower(EventStream stream, EventLog.Reader reader) {
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
