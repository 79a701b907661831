package dev.caravan.job;

import java.time.Duration;

/**
 * What became of a firing of a schedule, or of several that were missed together. Listeners of this type get those that this
 * node has decided on.
 *
 * @param firings how many, at least 1
 * @param lag from when it was due to now, by the clock of Redis
 */
public record ScheduleResult(String schedule, Kind kind, int firings, Duration lag) {
    public enum Kind {
        /** A job was submitted. */
        SUBMITTED,
        /** Dropped, since the job of an earlier one had not ended. */
        OVERLAPPED,
        /** Dropped, since no node could submit it in time. */
        MISSED,
        /** Dropped, since its route failed until its grace was over or the next one was due. */
        FAILED,
        /** Not of a time: somebody ran it. */
        RUN
    }
}
