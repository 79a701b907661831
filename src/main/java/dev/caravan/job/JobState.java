package dev.caravan.job;

import java.util.EnumSet;
import java.util.Set;

/**
 * The states of a job and the transitions between them ({@code docs/reference/jobs.md} draws them). {@link #status} and
 * {@link #message} are what the hash {@code Job:<id>} shows to services that know only the wire contract.
 */
public enum JobState {
    /** No hash yet. Never stored. */
    NEW(-1, ""),
    /** Stored; it has no message until the time in field {@code until}. */
    SCHEDULED(7, "Job scheduled"),
    /** Stored; its message is on the worker queue. */
    QUEUED(2, "Job queued"),
    /** It waits, without a message, until the limits of its type let it run: field {@code heldBy} says which. */
    HELD(8, "Held by a limit of its type"),
    /** A worker runs it, until its lease ends. */
    RUNNING(1, "Job being processed"),
    /** An attempt failed, the next one is due at the time in field {@code until}; or the job waits for a node with a handler. */
    RETRYING(3, "Waiting to be tried again"),
    /** Finished. */
    FINISHED(0, "Finished"),
    /** Failed: every attempt failed, or a retry could not help. A copy is on the dead queue. */
    FAILED(4, "Failed"),
    /** It does not run, or does so no longer: somebody has cancelled it, or it has waited for longer than it may. */
    CANCELLED(6, "Cancelled"),
    /** Never accepted: the broker did not confirm its message. A worker that gets the message leaves it alone. */
    WITHDRAWN(5, "Not accepted");

    private final int status;
    private final String message;

    JobState(int status, String message) {
        this.status = status;
        this.message = message;
    }

    /** The number in field {@code status}; 0 and 1 are fixed by the wire contract. */
    public int status() {
        return status;
    }

    /** The text in field {@code message}. */
    public String message() {
        return message;
    }

    /** True if no transition follows by itself: the job has ended. */
    public boolean terminal() {
        return this == FINISHED || this == FAILED || this == CANCELLED || this == WITHDRAWN;
    }

    /** The states from which a job may come into this one. */
    public Set<JobState> from() {
        return switch (this) {
            case NEW -> EnumSet.noneOf(JobState.class);
            // Back on the queue: a retry that is due, or an attempt whose worker went silent. WITHDRAWN: the
            // client repeated the Idempotency-Key. FAILED: somebody replays the job.
            case QUEUED -> EnumSet.of(NEW, SCHEDULED, QUEUED, HELD, RETRYING, RUNNING, FAILED, WITHDRAWN);
            case SCHEDULED -> EnumSet.of(NEW, SCHEDULED, WITHDRAWN);
            // RUNNING to RUNNING: the lease is extended, or a worker takes over from one whose lease has ended.
            // SCHEDULED and HELD: a worker was faster than the reply to the publishing of its message.
            case RUNNING -> EnumSet.of(NEW, SCHEDULED, QUEUED, HELD, RETRYING, RUNNING);
            // NEW: another service has sent its message.
            case HELD -> EnumSet.of(NEW, SCHEDULED, QUEUED, HELD, RETRYING);
            // All but RUNNING: the node that got the message has no handler for the type. NEW: or Redis has lost the
            // hash while the job ran.
            case RETRYING -> EnumSet.of(NEW, SCHEDULED, QUEUED, HELD, RETRYING, RUNNING);
            case FINISHED -> EnumSet.of(NEW, RUNNING);
            // QUEUED and RETRYING: no node has a handler for the type any more. FAILED: its copy on the dead queue is
            // confirmed.
            case FAILED -> EnumSet.of(NEW, QUEUED, RUNNING, RETRYING, FAILED);
            // RETRYING: no worker has begun it, since none has its type. HELD: since the limits of its type do not let
            // it run.
            case WITHDRAWN -> EnumSet.of(NEW, SCHEDULED, QUEUED, HELD, RETRYING);
            case CANCELLED -> EnumSet.of(NEW, SCHEDULED, QUEUED, HELD, RETRYING, RUNNING);
        };
    }
}
