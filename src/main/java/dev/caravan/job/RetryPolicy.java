package dev.caravan.job;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/**
 * When a job runs again after a failure. Of a type: a component is null if the handler's file does not set it. Of the
 * settings: each is set. Immutable.
 *
 * @param attempts how often a job is run before it is FAILED; at least 1
 * @param delay pause after the first failure
 * @param multiplier factor between one pause and the next; at least 1
 * @param maxDelay longest pause
 * @param jitter the most that is added to a pause at random, as a share of it: 0 to 1
 * @param permanentErrors names of exceptions after which no attempt follows; exceptions that extend one of these count too
 */
public record RetryPolicy(
        Integer attempts,
        Duration delay,
        Double multiplier,
        Duration maxDelay,
        Double jitter,
        Set<String> permanentErrors) {
    static final RetryPolicy UNSET = new RetryPolicy(null, null, null, null, null, null);

    /** This policy, and what it leaves open as in another; with the permanent errors of both. */
    RetryPolicy over(RetryPolicy other) {
        Set<String> permanent = new HashSet<>(other.permanentErrors);
        if (permanentErrors != null) {
            permanent.addAll(permanentErrors);
        }
        return new RetryPolicy(
                attempts == null ? other.attempts : attempts,
                delay == null ? other.delay : delay,
                multiplier == null ? other.multiplier : multiplier,
                maxDelay == null ? other.maxDelay : maxDelay,
                jitter == null ? other.jitter : jitter,
                permanent);
    }

    /** @param random 0 to 1 */
    Duration pause(int failures, double random) {
        double millis = delay.toMillis() * Math.pow(multiplier, failures - 1.0) * (1 + random * jitter);
        return Duration.ofMillis((long) Math.min(millis, maxDelay.toMillis()));
    }

    /** Whether a retry cannot help after this exception or one of its causes. */
    boolean isPermanent(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof JobInterrupted || cause instanceof JobResultTooLarge) {
                return true;
            }
            for (Class<?> type = cause.getClass(); type != null; type = type.getSuperclass()) {
                if (permanentErrors.contains(type.getName())) {
                    return true;
                }
            }
        }
        return false;
    }
}
