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

/** Which attempts, and which exchanges of routes, are recorded, and how. Thread-safe. */
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

    /** What of an attempt is recorded. */
    enum Share {
        NOTHING,
        /** What is cheap; it is stored if the attempt fails. */
        TIMES,
        /** It is stored. */
        MESSAGES
    }

    /** What of an exchange that comes to a route now should be recorded. @param before how many came to it */
    Share of(long before) {
        if (settings.sample() > 0 && before % settings.sample() == 0) {
            return Share.MESSAGES;
        }
        return settings.errors() ? Share.TIMES : Share.NOTHING;
    }

    /** What of an attempt that begins now should be recorded. */
    Share of(Job job) {
        AtomicLong before = firsts.computeIfAbsent(job.type(), type -> isOfTypes(type) ? new AtomicLong() : NEVER);
        if (before == NEVER) {
            return Share.NOTHING;
        }
        if (job.attempt() <= 1) {
            return of(before.getAndIncrement());
        }
        if (settings.retries()) {
            return Share.MESSAGES;
        }
        return settings.errors() ? Share.TIMES : Share.NOTHING;
    }

    private boolean isOfTypes(String type) {
        return !JobTypes.isOwn(type)
                && PatternMatchUtils.simpleMatch(settings.types().toArray(String[]::new), type);
    }

    /** Takes one of those of this second, if there are any left. */
    synchronized boolean hasRoom() {
        long now = nanos.getAsLong();
        if (now - second >= SECOND) {
            second = now;
            inSecond = 0;
        }
        return inSecond++ < settings.perSecond();
    }

    /** One that should be recorded is not, for want of room. */
    void drop() {
        tooMany.increment();
    }

    /** How many were not recorded since there were {@code per-second} already. */
    long tooMany() {
        return tooMany.sum();
    }
}
