package dev.caravan.job.schedule;

import dev.caravan.job.Job;
import dev.caravan.job.JobSubmissions;
import dev.caravan.job.JobType;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.scheduling.support.CronExpression;

/**
 * What a schedule does, and when. Immutable. All times are epoch milliseconds.
 *
 * @param name as the name of a type
 * @param type of the jobs
 * @param times when it fires
 * @param jitter how much later each firing is due at the most, at random, yet the same on every node
 * @param missed what happens to firings that nobody could submit in time
 * @param grace how old a firing may become until it is dropped
 * @param overlap what happens while the job of the last firing has not ended
 * @param description may be empty
 */
public record Schedule(
        String name,
        String type,
        FiringTimes times,
        Duration jitter,
        Missed missed,
        Duration grace,
        Overlap overlap,
        String description) {
    /** The names of what can be said of a schedule, as {@link #of} takes them. */
    static final Set<String> OPTIONS =
            Set.of("type", "cron", "every", "zone", "jitter", "missed", "grace", "overlap", "description");

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration LONGEST_INTERVAL = Duration.ofDays(366);
    private static final Duration LONGEST_JITTER = Duration.ofDays(1);
    private static final Duration LONGEST_GRACE = Duration.ofDays(7);
    private static final int LONGEST_TEXT = 500;

    /** What happens to firings that were not submitted within {@link Backlog#ON_TIME_SECONDS} seconds. */
    enum Missed {
        /** They are dropped. */
        SKIP,
        /** The latest of them is submitted. */
        ONE,
        /** Each of them is submitted, the latest {@link Backlog#MOST} at the most. */
        ALL
    }

    /** What happens to a firing while the job of the last one has not ended. */
    enum Overlap {
        /** It is submitted. */
        ALLOW,
        /** It is dropped. */
        SKIP,
        /** It waits; if the next one is due before, that one waits in its place. */
        QUEUE,
        /** The same, and that job is cancelled. */
        CANCEL
    }

    /**
     * Reads what a file or a client says. What is thrown has no cause: of a route file, the message of the innermost is shown.
     *
     * @param options by the names of {@link #OPTIONS}; what is null or missing gets its default
     * @throws IllegalArgumentException the message says what is wrong
     */
    static Schedule of(String name, Map<String, String> options) {
        check(Job.isType(name), "the name of a schedule is 1 to 64 of a-z 0-9 and -, and begins with none of -");
        String type = options.get("type");
        check(Job.isType(type), "type must be the name of a job type");
        String zone = options.get("zone");
        check(zone == null || options.get("cron") != null, "zone goes with cron: every knows no time of the day");
        FiringTimes times = new FiringTimes(cron(options.get("cron")), every(options), zone(zone));
        check(times.next(0) != FiringTimes.NEVER, "cron names a date that never comes: " + options.get("cron"));
        String description = Objects.requireNonNullElse(options.get("description"), "");
        check(description.length() <= LONGEST_TEXT, "description must have at most " + LONGEST_TEXT + " characters");
        return new Schedule(
                name,
                type,
                times,
                duration(options, "jitter", Duration.ZERO, Duration.ZERO, LONGEST_JITTER),
                choice(Missed.class, "missed", options, Missed.ONE),
                duration(options, "grace", Duration.ofHours(1), SECOND, LONGEST_GRACE),
                choice(Overlap.class, "overlap", options, Overlap.SKIP),
                description);
    }

    private static CronExpression cron(String text) {
        if (text == null) {
            return null;
        }
        try {
            return CronExpression.parse(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "cron must have six fields, second minute hour day month weekday: " + e.getMessage());
        }
    }

    private static Duration every(Map<String, String> options) {
        boolean given = options.get("every") != null;
        check(
                given == (options.get("cron") == null),
                "exactly one of cron, such as 0 0 2 * * *, and every, such as 10m, must be given");
        return given ? duration(options, "every", null, SECOND, LONGEST_INTERVAL) : null;
    }

    private static ZoneId zone(String text) {
        try {
            return ZoneId.of(text == null ? "UTC" : text);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("zone must be a time zone such as Europe/Paris, not " + text);
        }
    }

    private static Duration duration(
            Map<String, String> options, String name, Duration otherwise, Duration least, Duration most) {
        String text = options.get(name);
        if (text == null) {
            return otherwise;
        }
        try {
            Duration duration = DurationStyle.detectAndParse(text);
            if (duration.compareTo(least) >= 0 && duration.compareTo(most) <= 0) {
                return Duration.ofMillis(duration.toMillis());
            }
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new IllegalArgumentException(name + " must be a duration such as 30s, 10m or 1h, not " + text);
        }
        throw new IllegalArgumentException(
                name + " must be from " + JobType.text(least) + " to " + JobType.text(most) + ", not " + text);
    }

    private static <E extends Enum<E>> E choice(Class<E> kind, String name, Map<String, String> options, E otherwise) {
        String text = options.get(name);
        if (text == null) {
            return otherwise;
        }
        for (E each : kind.getEnumConstants()) {
            if (lower(each).equals(text)) {
                return each;
            }
        }
        List<String> known =
                Arrays.stream(kind.getEnumConstants()).map(Schedule::lower).toList();
        throw new IllegalArgumentException(name + " must be one of " + String.join(", ", known) + ", not " + text);
    }

    private static void check(boolean valid, String reason) {
        if (!valid) {
            throw new IllegalArgumentException(reason);
        }
    }

    /** The same as {@link #of} reads it, with all defaults. */
    Map<String, String> options() {
        Map<String, String> options = new LinkedHashMap<>();
        options.put("type", type);
        options.putAll(timing());
        options.put("missed", lower(missed));
        options.put("grace", JobType.text(grace));
        options.put("overlap", lower(overlap));
        options.put("description", description);
        return options;
    }

    /** What decides when it fires: after a change of it, firings count from now on. */
    Map<String, String> timing() {
        Map<String, String> timing = new LinkedHashMap<>();
        if (times.cron() == null) {
            timing.put("every", JobType.text(times.every()));
        } else {
            timing.put("cron", times.cron().toString());
            timing.put("zone", times.zone().getId());
        }
        timing.put("jitter", JobType.text(jitter));
        return timing;
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    /** The first firing after a time; {@link FiringTimes#NEVER} if there is none. */
    long next(long after) {
        return times.next(after);
    }

    /** When a firing is to be submitted: at its time, or up to the jitter later. */
    long dueAt(long firing) {
        long random = JobSubmissions.idOfFiring(name, firing).getLeastSignificantBits();
        return firing == FiringTimes.NEVER ? firing : firing + Math.floorMod(random, jitter.toMillis() + 1);
    }
}
