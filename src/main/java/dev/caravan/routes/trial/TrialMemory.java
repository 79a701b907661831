package dev.caravan.routes.trial;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts what the threads of a trial allocate. What is freed again counts, too: they never hold more than that. Thread-safe.
 */
final class TrialMemory {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final long max;
    private final Map<Long, Long> counted = new ConcurrentHashMap<>();
    private final AtomicLong allocated = new AtomicLong();

    /** @param max in bytes */
    TrialMemory(long max) {
        this.max = max;
    }

    /** What this thread has allocated up to now does not count. */
    void begin() {
        counted.put(Thread.currentThread().getId(), THREADS.getCurrentThreadAllocatedBytes());
    }

    /** @throws TrialEnded if it is more than the trial may */
    void requireRoom() {
        long now = THREADS.getCurrentThreadAllocatedBytes();
        Long before = counted.put(Thread.currentThread().getId(), now);
        if (allocated.addAndGet(before == null ? now : now - before) > max) {
            throw new TrialEnded("allocates more than " + max + " bytes (caravan.routes.trial.max-memory)");
        }
    }
}
