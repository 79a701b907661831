package dev.caravan.routes.figures;

import java.time.Duration;
import java.time.Instant;
import org.HdrHistogram.Histogram;

/**
 * Counts the exchanges of one revision of a route, how long they take and how they fail. It holds no memory for times before the
 * first exchange, and then some 15 KB, 30 KB at the most, however many there are. Thread-safe.
 */
public final class RouteFigures {
    /** Times are exact to one percent. */
    private static final int DIGITS = 2;

    private static final long LONGEST_MICROS = Duration.ofDays(1).toNanos() / 1000;

    private final String revision;
    private final Instant since = Instant.now();
    private Instant until;
    private Histogram micros;
    private long failed;
    private LastError lastError;

    /** @param revision of the route */
    public RouteFigures(String revision) {
        this.revision = revision;
    }

    public synchronized void ended(long nanos) {
        count(nanos);
    }

    /** @param place null if it failed at no step of a file */
    public void failed(long nanos, Throwable failure, FailurePlace place) {
        LastError error = LastError.of(failure, place);
        synchronized (this) {
            count(nanos);
            failed++;
            lastError = error;
        }
    }

    private void count(long nanos) {
        if (micros == null) {
            micros = new Histogram(DIGITS);
        }
        micros.recordValue(Math.min(nanos / 1000, LONGEST_MICROS));
    }

    /** Another revision takes its place; what is under way is still counted here. */
    public synchronized void replaced() {
        until = Instant.now();
    }

    public synchronized RevisionFigures now() {
        return new RevisionFigures(
                revision,
                since,
                until,
                micros == null ? 0 : micros.getTotalCount(),
                failed,
                percentile(50),
                percentile(99),
                lastError);
    }

    private Long percentile(int percent) {
        return micros == null ? null : Long.valueOf(micros.getValueAtPercentile(percent));
    }
}
