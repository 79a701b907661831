package dev.caravan.job;

import java.time.Duration;

/**
 * The result of a {@link JobTransition}.
 *
 * @param done whether the transition is stored (by this call, or before by the same token)
 * @param job the job as it is now; if not done: as another transition left it
 * @param before the state in which it was until then
 * @param interruptions how often the job lost its worker
 * @param until epoch milliseconds (of Redis) up to which nobody else may start it; 0 if anybody may
 * @param fingerprint of the request that submitted it with an Idempotency-Key, or empty
 * @param changed whether this very call has brought it into a state, or begun an attempt; false for a repeated call
 * @param published whether the broker has confirmed a message of this job, which has an Idempotency-Key
 * @param cancelling whether the job runs and somebody has cancelled it
 * @param timeout how long an attempt may run; zero if its submission has set no limit
 * @param elapsed by the clock of Redis: at the start of an attempt since the submission, at its end since its start, else 0
 */
public record TransitionResult(
        boolean done,
        Job job,
        JobState before,
        int interruptions,
        long until,
        String fingerprint,
        boolean changed,
        boolean published,
        boolean cancelling,
        Duration timeout,
        Duration elapsed) {
    public JobState state() {
        return job.state();
    }

    public int attempt() {
        return job.attempt();
    }

    /** Whether an attempt has begun by this transition. */
    public boolean isStarted() {
        return done && state() == JobState.RUNNING;
    }

    /** Whether this transition failed the job, so that a copy goes to the dead queue. */
    public boolean isFailed() {
        return done && state() == JobState.FAILED;
    }

    /** Whether a worker has begun the job, maybe ended it, so that this transition was not made. */
    public boolean isClaimed() {
        return !done && attempt() > 0;
    }

    /** Whether the job, of this submission or of an earlier one with the same Idempotency-Key, waits and may have no message. */
    public boolean needsMessage() {
        return state() == JobState.QUEUED && !published;
    }
}
