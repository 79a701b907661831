package dev.caravan.event;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * The keys that have subscribers on this node. A key stays bound for a while after its last subscriber has left, so that a
 * subscriber that reconnects in that time has missed nothing. Thread-safe.
 */
final class EventKeys {
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9._:-]{1,100}");
    private static final int MAX_KEYS = 10_000;

    private final EventQueues queues;
    private final EventLog log;
    private final ScheduledExecutorService clock;
    private final long graceMillis;
    private final Map<String, Use> uses = new HashMap<>();

    private static final class Use {
        private final CompletableFuture<Boolean> bound;
        private int users;
        private ScheduledFuture<?> end;

        Use(CompletableFuture<Boolean> bound) {
            this.bound = bound;
        }
    }

    EventKeys(EventQueues queues, EventLog log, ScheduledExecutorService clock, long graceMillis) {
        this.queues = queues;
        this.log = log;
        this.clock = clock;
        this.graceMillis = graceMillis;
    }

    static boolean isKey(String text) {
        return text != null && FORM.matcher(text).matches();
    }

    /**
     * Binds a key to this node until {@link #release}.
     *
     * @return true once the broker has bound it; false if it will do so later, because it cannot be reached
     * @throws IllegalStateException if there are too many keys
     */
    synchronized CompletableFuture<Boolean> acquire(String key) {
        Use use = uses.get(key);
        if (use == null) {
            if (uses.size() >= MAX_KEYS) {
                throw new IllegalStateException("More than " + MAX_KEYS + " keys have subscribers on this node");
            }
            log.gap(key);
            use = new Use(queues.bindKey(key));
            uses.put(key, use);
        }
        if (use.end != null) {
            use.end.cancel(false);
            use.end = null;
        }
        use.users++;
        return use.bound;
    }

    synchronized void release(String key) {
        Use use = uses.get(key);
        if (--use.users == 0) {
            use.end = clock.schedule(() -> end(key, use), graceMillis, TimeUnit.MILLISECONDS);
        }
    }

    private synchronized void end(String key, Use use) {
        if (use.users == 0 && uses.remove(key, use)) {
            queues.unbindKey(key);
        }
    }
}
