package dev.caravan.job.schedule;

import dev.caravan.job.JobSubmissions;
import java.time.Duration;
import java.time.Instant;

/**
 * One firing that this node submits, or is asked to.
 *
 * @param time of the schedule, epoch milliseconds
 * @param manual whether somebody runs it now, at no time of the schedule
 */
public record Firing(Schedule schedule, long time, boolean manual) {
    public String name() {
        return schedule.name();
    }

    String jobId() {
        return JobSubmissions.idOfFiring(name(), time).toString();
    }

    boolean isTooOld(long now) {
        return schedule.dueAt(time) < now - schedule.grace().toMillis();
    }

    boolean isNextDue(long now) {
        return schedule.dueAt(schedule.next(time)) <= now;
    }

    Duration lag(long now) {
        return Duration.ofMillis(Math.max(0, now - schedule.dueAt(time)));
    }

    @Override
    public String toString() {
        return name() + " of " + Instant.ofEpochMilli(time);
    }
}
