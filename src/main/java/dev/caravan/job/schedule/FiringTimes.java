package dev.caravan.job.schedule;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.List;
import org.springframework.scheduling.support.CronExpression;

/**
 * When a schedule fires, epoch milliseconds: at the times of a clock on the wall, or again and again after the same time.
 *
 * <p>Where the clocks change, a cron with {@code *} for the hour fires at each time that the clock shows: never for a time that
 * is skipped, and twice for one that comes twice. Any other fires once for each of its times: for one that is skipped, when the
 * clock has jumped; for one that comes twice, the first time. Spring's own arithmetic of zones skips the first, doubles the
 * second, and stands still in a zone whose clock changes by half an hour; so here it only knows dates without a zone.
 *
 * @param cron null if {@code every} is given
 * @param every null if {@code cron} is given; counted from 1970-01-01T00:00:00Z
 * @param zone where the clock of {@code cron} hangs
 */
record FiringTimes(CronExpression cron, Duration every, ZoneId zone) {
    /** There is none: a cron whose dates are over, or never are. */
    static final long NEVER = Long.MAX_VALUE;

    private static final int HOUR = 2;

    /** The first firing after a time. */
    long next(long after) {
        if (cron == null) {
            return Math.floorDiv(after, every.toMillis()) * every.toMillis() + every.toMillis();
        }
        boolean eachHour = cron.toString().split(" ")[HOUR].equals("*");
        Instant next = eachHour ? atEachTime(Instant.ofEpochMilli(after)) : onceADate(Instant.ofEpochMilli(after));
        return next == null ? NEVER : next.toEpochMilli();
    }

    private Instant atEachTime(Instant after) {
        ZoneRules rules = zone.getRules();
        Instant from = after;
        LocalDateTime local = LocalDateTime.ofInstant(from, rules.getOffset(from));
        while (true) {
            LocalDateTime next = cron.next(local);
            if (next == null) {
                return null;
            }
            ZoneOffset offset = rules.getOffset(from);
            ZoneOffsetTransition change = rules.nextTransition(from);
            if (change == null || next.toInstant(offset).isBefore(change.getInstant())) {
                return next.toInstant(offset);
            }
            from = change.getInstant(); // the clock shows another time from here on
            local = change.getDateTimeAfter().minusNanos(1);
        }
    }

    private Instant onceADate(Instant after) {
        LocalDateTime local = LocalDateTime.ofInstant(after, zone);
        Instant next;
        do {
            local = cron.next(local);
            if (local == null) {
                return null;
            }
            next = at(local);
        } while (!next.isAfter(after)); // a time that came twice
        return next;
    }

    private Instant at(LocalDateTime local) {
        List<ZoneOffset> offsets = zone.getRules().getValidOffsets(local);
        return offsets.isEmpty() ? zone.getRules().getTransition(local).getInstant() : local.toInstant(offsets.get(0));
    }
}
