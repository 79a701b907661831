package dev.caravan.security;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * Counts events of each client in fixed windows of time. Tracks a bounded number of clients; beyond that the least
 * recently used restarts at zero, so that many clients never lock out another. Thread-safe.
 */
final class Window {
    private static final int MOST = 100_000;

    private final long nanos;
    private final LongSupplier clock;
    private final long start;
    private final Cache<String, Count> counts =
            Caffeine.newBuilder().maximumSize(MOST).executor(Runnable::run).build();

    /** The count in one window; windows are numbered from 0. */
    private record Count(long stretch, AtomicInteger number) {}

    Window(Duration length) {
        this(length, System::nanoTime);
    }

    Window(Duration length, LongSupplier clock) {
        this.nanos = length.toNanos();
        this.clock = clock;
        this.start = clock.getAsLong();
    }

    /** Counts one more. @return how many there were, this one included */
    int add(String who) {
        long stretch = stretch();
        Count count = counts.getIfPresent(who);
        if (count == null || count.stretch != stretch) {
            count = counts.asMap()
                    .compute(
                            who,
                            (name, old) -> old != null && old.stretch == stretch
                                    ? old
                                    : new Count(stretch, new AtomicInteger()));
        }
        return count.number.incrementAndGet();
    }

    /** Undoes one count of the current window; does nothing for earlier windows. */
    void takeBack(String who) {
        Count count = counts.getIfPresent(who);
        if (count != null && count.stretch == stretch()) {
            count.number.updateAndGet(number -> Math.max(0, number - 1));
        }
    }

    /** The seconds left in the current window, at least one. */
    long secondsLeft() {
        return Math.max(1, Duration.ofNanos(nanosLeft()).plusMillis(999).toSeconds());
    }

    /** The milliseconds left in the current window, rounded up. */
    long millisLeft() {
        return Duration.ofNanos(nanosLeft() + 999_999).toMillis();
    }

    private long nanosLeft() {
        return nanos - (clock.getAsLong() - start) % nanos;
    }

    private long stretch() {
        return (clock.getAsLong() - start) / nanos;
    }
}
