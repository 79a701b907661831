package dev.caravan.job.schedule;

import dev.caravan.job.schedule.Schedule.Missed;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The firings of a schedule that are due, by what it says of those that were missed. A firing counts as missed when it has been
 * due for more than {@value #ON_TIME_SECONDS} seconds: long enough for another node to take it from one that died.
 *
 * @param dropped how many are not submitted; at least so many, if there are more than {@value #MOST_COUNTED}
 * @param next the first one that is submitted, now or when it is due
 */
record Backlog(int dropped, long next) {
    static final int ON_TIME_SECONDS = 10;
    /** How many missed ones are submitted at the most. */
    static final int MOST = 100;
    /** Dropped ones beyond this are not looked at one by one. */
    static final int MOST_COUNTED = 10_000;

    /**
     * Looks at all that may be due.
     *
     * @param first the first one that nobody has decided on
     */
    static Backlog of(Schedule schedule, long first, long now) {
        int dropped = 0;
        long next = first;
        long oldest = now - schedule.grace().toMillis();
        while (schedule.dueAt(next) < oldest) {
            next = dropped < MOST_COUNTED
                    ? schedule.next(next)
                    : schedule.next(Math.max(next, oldest - schedule.jitter().toMillis()));
            dropped++;
        }
        long late = now - ON_TIME_SECONDS * 1000L;
        if (schedule.missed() == Missed.SKIP) {
            while (schedule.dueAt(next) < late) {
                next = schedule.next(next);
                dropped++;
            }
            return new Backlog(dropped, next);
        }
        int most = schedule.missed() == Missed.ONE ? 1 : MOST;
        Deque<Long> missed = new ArrayDeque<>(most + 1);
        while (schedule.dueAt(next) < late) {
            missed.add(next);
            if (missed.size() > most) {
                missed.remove();
                dropped++;
            }
            next = schedule.next(next);
        }
        return new Backlog(dropped, missed.isEmpty() ? next : missed.element());
    }
}
