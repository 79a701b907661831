package dev.caravan.event;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * Which keys somebody on this node follows. A key stays for a minute after the last one has left it, so that whoever comes
 * again in that time has missed nothing. Thread-safe.
 */
final class EventKeys {
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9._:-]{1,100}");
    private static final int MOST = 10_000;

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

    /** Whether this can be a key. */
    static boolean isKey(String text) {
        return text != null && FORM.matcher(text).matches();
    }

    /**
     * Has events with this key come here, until {@link #leave}.
     *
     * @return done when they come, or when that will be later, since the broker is away
     * @throws IllegalStateException if there are too many keys
     */
    synchronized CompletableFuture<Boolean> follow(String key) {
        Use use = uses.get(key);
        if (use == null) {
            if (uses.size() >= MOST) {
                throw new IllegalStateException("More than " + MOST + " keys are followed on this node");
            }
            log.gap(key);
            use = new Use(queues.follow(key));
            uses.put(key, use);
        }
        if (use.end != null) {
            use.end.cancel(false);
            use.end = null;
        }
        use.users++;
        return use.bound;
    }

    synchronized void leave(String key) {
        Use use = uses.get(key);
        if (--use.users == 0) {
            use.end = clock.schedule(() -> end(key, use), graceMillis, TimeUnit.MILLISECONDS);
        }
    }

    private synchronized void end(String key, Use use) {
        if (use.users == 0 && uses.remove(key, use)) {
            queues.leave(key);
        }
    }
}
