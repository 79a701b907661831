package dev.caravan.job;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

/**
 * What a client asks for when it submits a job. Null: it does not.
 *
 * @param runAt when the job runs at the earliest
 * @param delay how long after its submission it does
 * @param timeout how long each attempt may run
 * @param expires how long the job may wait for its first attempt, from when it is due
 * @param priority before or after which others its first attempt comes
 * @param uniqueKey no second job of the type and the user has it
 * @param uniqueFor how long, as {@link JobUnique#isPeriod} has it
 * @param tags what it can be found by; empty for none
 * @param batch the batch of which it becomes a member
 */
public record JobOptions(
        Instant runAt,
        Duration delay,
        Duration timeout,
        Duration expires,
        JobPriority priority,
        String uniqueKey,
        String uniqueFor,
        List<String> tags,
        String batch) {
    public static final JobOptions NONE = new JobOptions(null, null, null, null, null, null, null, List.of(), null);
    /** How many tags a submission may have, and a type. */
    static final int MOST_TAGS = 10;

    static final String TAG = "1 to 40 of A-Z a-z 0-9 . _ : / @ -";

    /** The names of the parameters. */
    public static final List<String> NAMES =
            List.of("runAt", "delay", "timeout", "expires", "priority", "uniqueKey", "uniqueFor", "tags", "batch");

    private static final int LONGEST_KEY = 255;
    private static final Duration LONGEST = Duration.ofDays(3660);

    /**
     * Reads the parameters of a request.
     *
     * @param values by {@link #NAMES}; null for none
     * @throws ResponseStatusException 400
     */
    public static JobOptions of(UnaryOperator<String> values) {
        String runAt = values.apply("runAt");
        String delay = values.apply("delay");
        String timeout = values.apply("timeout");
        String expires = values.apply("expires");
        String priority = values.apply("priority");
        String uniqueKey = values.apply("uniqueKey");
        String uniqueFor = values.apply("uniqueFor");
        String tags = values.apply("tags");
        String batch = values.apply("batch");
        if (runAt != null && delay != null) {
            throw bad("A job has either runAt or delay.");
        }
        if (uniqueKey != null && (uniqueKey.isEmpty() || uniqueKey.length() > LONGEST_KEY)) {
            throw bad("uniqueKey must be 1 to " + LONGEST_KEY + " characters.");
        }
        if (uniqueFor != null && (uniqueKey == null || !JobUnique.isPeriod(uniqueFor))) {
            throw bad("uniqueFor must be queued, running or a duration such as 10m, beside a uniqueKey.");
        }
        if (batch != null && !Job.isId(batch)) {
            throw bad("batch must be the id of a batch.");
        }
        return new JobOptions(
                runAt == null ? null : time("runAt", runAt),
                delay == null ? null : duration("delay", delay, 0),
                timeout == null ? null : duration("timeout", timeout, 1),
                expires == null ? null : duration("expires", expires, 1),
                priority == null ? null : priority(priority),
                uniqueKey,
                uniqueFor == null ? JobUnique.RUNNING : uniqueFor,
                tags == null ? List.of() : tags(tags),
                batch);
    }

    private static List<String> tags(String text) {
        List<String> tags =
                Arrays.stream(text.split(",", MOST_TAGS + 1)).distinct().toList();
        if (tags.size() > MOST_TAGS || !tags.stream().allMatch(Job::isTag)) {
            throw bad("tags must be up to " + MOST_TAGS + " tags with commas between, each " + TAG + ".");
        }
        return tags;
    }

    private static JobPriority priority(String text) {
        JobPriority priority = JobPriority.named(text);
        if (priority == null) {
            throw bad("priority must be high, normal or low.");
        }
        return priority;
    }

    /**
     * A time up to ten years ahead.
     *
     * @throws ResponseStatusException 400
     */
    public static Instant time(String name, String text) {
        try {
            Instant time = Instant.parse(text);
            if (time.isAfter(Instant.EPOCH) && time.isBefore(Instant.now().plus(LONGEST))) {
                return time;
            }
        } catch (DateTimeParseException e) {
            throw bad(name + " must be a time such as 2030-01-31T08:00:00Z.");
        }
        throw bad(name + " must be no more than ten years ahead.");
    }

    /**
     * A duration up to ten years.
     *
     * @throws ResponseStatusException 400
     */
    public static Duration duration(String name, String text, int leastMillis) {
        Duration duration = JobType.duration(text);
        if (duration == null || duration.toMillis() < leastMillis || duration.compareTo(LONGEST) > 0) {
            throw bad(name + " must be a duration such as 500ms, 10s, 5m, 2h or 7d, up to 3660d.");
        }
        return duration;
    }

    private static ResponseStatusException bad(String why) {
        return new ResponseStatusException(HttpStatus.BAD_REQUEST, why);
    }

    /** The same, with what a type says where nothing is asked for. */
    JobOptions or(JobType type) {
        return new JobOptions(
                runAt,
                delay,
                timeout == null ? type.timeout() : timeout,
                expires == null ? type.expires() : expires,
                priority == null ? type.priority() : priority,
                uniqueKey,
                uniqueFor,
                both(type.tags(), tags),
                batch);
    }

    private static List<String> both(List<String> first, List<String> second) {
        return first.isEmpty()
                ? second
                : Stream.concat(first.stream(), second.stream()).distinct().toList();
    }

    /** The submission of a job with these options. */
    JobTransition applyTo(JobTransition submitted, Duration retention) {
        JobTransition transition = submitted;
        if (runAt != null && runAt.isAfter(Instant.now())) {
            transition = transition.at(runAt);
        } else if (delay != null) {
            transition = transition.after(delay);
        }
        if (priority != null) {
            transition = transition.prioritized(priority);
        }
        if (!tags.isEmpty()) {
            transition = transition.tagged(tags);
        }
        if (batch != null) {
            transition = transition.ofBatch(batch);
        }
        if (expires != null) {
            transition = transition.expiring(expires, retention);
        }
        return timeout == null ? transition : transition.limited(timeout);
    }
}
