package dev.caravan.recorder;

import dev.caravan.job.Job;
import dev.caravan.job.JobTypes;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.springframework.util.PatternMatchUtils;

/** Which attempts are recorded. Thread-safe. */
final class Sampling {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    /** Counts for a type that is not recorded. */
    private static final AtomicLong NEVER = new AtomicLong();

    private final RecorderSettings settings;
    private final LongSupplier nanos;
    /** How many first attempts there were, by type. */
    private final Map<String, AtomicLong> firsts = new ConcurrentHashMap<>();

    private final LongAdder tooMany = new LongAdder();
    private long second;
    private int inSecond;

    Sampling(RecorderSettings settings, LongSupplier nanos) {
        this.settings = settings;
        this.nanos = nanos;
        this.second = nanos.getAsLong();
    }

    /** Whether an attempt that begins now is recorded. */
    boolean takes(Job job) {
        boolean isFirst = job.attempt() <= 1;
        if (isFirst ? settings.sample() == 0 : !settings.retries()) {
            return false;
        }
        AtomicLong before = firsts.computeIfAbsent(job.type(), type -> isOfTypes(type) ? new AtomicLong() : NEVER);
        if (before == NEVER || isFirst && before.getAndIncrement() % settings.sample() != 0) {
            return false;
        }
        if (isFull()) {
            tooMany.increment();
            return false;
        }
        return true;
    }

    private boolean isOfTypes(String type) {
        return !JobTypes.isOwn(type)
                && PatternMatchUtils.simpleMatch(settings.types().toArray(String[]::new), type);
    }

    private synchronized boolean isFull() {
        long now = nanos.getAsLong();
        if (now - second >= SECOND) {
            second = now;
            inSecond = 0;
        }
        return inSecond++ >= settings.perSecond();
    }

    /** How many were not recorded since there were {@code per-second} already. */
    long tooMany() {
        return tooMany.sum();
    }
}
