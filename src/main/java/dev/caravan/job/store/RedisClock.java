package dev.caravan.job.store;

import dev.caravan.job.JobTransition;
import dev.caravan.job.TransitionResult;
import java.util.concurrent.TimeUnit;

/**
 * The time of Redis, by the last reply that told it: the scores that say when a job must be checked are compared with that
 * clock, and the clock of this node may be an hour off. Thread-safe.
 */
final class RedisClock {
    private volatile Told told;

    private record Told(long millis, long nanos) {}

    /** Epoch milliseconds; by the clock of this node until a reply has told better. */
    long now() {
        Told last = told;
        return last == null
                ? System.currentTimeMillis()
                : last.millis + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - last.nanos);
    }

    /** A reply that just came told this time. */
    void set(long millis) {
        told = new Told(millis, System.nanoTime());
    }

    /** A transition that was just made tells the time, if it is the first one of a job or holds it. */
    void follow(JobTransition transition, TransitionScript.Reply reply) {
        TransitionResult result = reply.result();
        long hold = transition.hold().toMillis();
        if (reply.found()) {
            set(reply.createdAt());
        } else if (result.changed() && hold > 0 && !transition.isAbsolute()) {
            set(result.until() - hold);
        }
    }
}
