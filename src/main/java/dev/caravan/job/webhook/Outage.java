package dev.caravan.job.webhook;

import java.time.Duration;
import java.time.Instant;

/**
 * That a receiver fails: it was not reached, did not respond in time, or responded with 5xx. Immutable.
 *
 * @param failures in a row, of whatever deliveries
 * @param since epoch milliseconds of the first of them
 * @param because what the last of them was
 * @param trialAt epoch milliseconds; before that, nothing is sent if it is down
 */
record Outage(int failures, long since, String because, long trialAt) {
    /** So many in a row, and the receiver counts as down. */
    static final int MOST_FAILURES = 10;
    /** From one trial to the next; longer than a trial takes. */
    static final Duration PAUSE = Duration.ofSeconds(30);

    /** @param before null if it is the first failure */
    static Outage after(Outage before, String because, Instant now) {
        return new Outage(
                before == null ? 1 : before.failures + 1,
                before == null ? now.toEpochMilli() : before.since,
                because,
                now.plus(PAUSE).toEpochMilli());
    }

    boolean isDown() {
        return failures >= MOST_FAILURES;
    }

    boolean isTrialDue(Instant now) {
        return now.toEpochMilli() >= trialAt;
    }

    /** Whoever stores this may make the trial. */
    Outage tried(Instant now) {
        return new Outage(failures, since, because, now.plus(PAUSE).toEpochMilli());
    }
}
