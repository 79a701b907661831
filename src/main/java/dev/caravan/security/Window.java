package dev.caravan.security;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * Counts how often something was done in the present stretch of time, by whom. Forgets all of it when the stretch is over,
 * and counts who comes when it knows many already as one: bounded in memory. Thread-safe.
 */
final class Window {
    private static final int MOST = 10_000;
    private static final String OTHERS = "";

    private final long nanos;
    private final LongSupplier clock;
    private volatile Stretch stretch;

    private record Stretch(long end, ConcurrentHashMap<String, AtomicInteger> counts) {}

    Window(Duration length) {
        this(length, System::nanoTime);
    }

    Window(Duration length, LongSupplier clock) {
        this.nanos = length.toNanos();
        this.clock = clock;
        this.stretch = next();
    }

    /** Counts one more. @return how many there were, this one included */
    int add(String who) {
        ConcurrentHashMap<String, AtomicInteger> counts = now().counts;
        AtomicInteger count = counts.get(who);
        if (count == null) {
            String name = counts.size() < MOST ? who : OTHERS;
            count = counts.computeIfAbsent(name, any -> new AtomicInteger());
        }
        return count.incrementAndGet();
    }

    /** How many there were. */
    int count(String who) {
        ConcurrentHashMap<String, AtomicInteger> counts = now().counts;
        AtomicInteger count = counts.get(who);
        if (count == null && counts.size() >= MOST) {
            count = counts.get(OTHERS);
        }
        return count == null ? 0 : count.get();
    }

    /** How many seconds are left of the stretch, at least one. */
    long secondsLeft() {
        return Math.max(
                1,
                Duration.ofNanos(now().end - clock.getAsLong()).plusMillis(999).toSeconds());
    }

    private Stretch now() {
        Stretch present = stretch;
        if (clock.getAsLong() - present.end < 0) {
            return present;
        }
        synchronized (this) {
            if (stretch == present) {
                stretch = next();
            }
            return stretch;
        }
    }

    private Stretch next() {
        return new Stretch(clock.getAsLong() + nanos, new ConcurrentHashMap<>());
    }
}
