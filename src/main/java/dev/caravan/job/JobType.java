package dev.caravan.job;

import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.springframework.boot.convert.DurationStyle;

/**
 * What the file of a handler says about its type of job. Immutable.
 *
 * @param description may be empty
 * @param example a payload, JSON text; null for none
 * @param input the schema of its payloads; null: any payload
 * @param retry the part of the policy that the file sets
 * @param retention how long an ended job is kept; null: {@code caravan.jobs.retention}
 * @param timeout how long one attempt may run; null: any time
 * @param expires how long a job may wait for its first attempt; null: any time
 * @param priority of its jobs; null: normal
 * @param unique what makes its jobs unique; null: nothing
 * @param tags of all of its jobs
 * @param limits how many may run over all nodes
 */
public record JobType(
        String description,
        String example,
        JobInput input,
        RetryPolicy retry,
        Duration retention,
        Duration timeout,
        Duration expires,
        JobPriority priority,
        JobUnique unique,
        List<String> tags,
        TypeLimits limits) {
    /** A type whose file says nothing, or is not there. */
    public static final JobType PLAIN =
            new JobType("", null, null, RetryPolicy.UNSET, null, null, null, null, null, List.of(), TypeLimits.NONE);

    private static final Pattern DURATION = Pattern.compile("\\d{1,9}(ms|s|m|h|d)");
    private static final List<String> UNITS = List.of("d", "h", "m", "s", "ms");
    private static final long[] MILLIS = {86_400_000, 3_600_000, 60_000, 1_000, 1};

    /** A duration as files and requests write it: a whole number and its unit; null if it is none. */
    static Duration duration(String text) {
        return DURATION.matcher(text).matches() ? DurationStyle.SIMPLE.parse(text) : null;
    }

    /** A duration as a file has it, in the largest unit that gives a whole number; null for null. */
    public static String text(Duration duration) {
        if (duration == null) {
            return null;
        }
        long millis = duration.toMillis();
        int unit = millis == 0 ? UNITS.indexOf("s") : 0;
        while (millis % MILLIS[unit] != 0) {
            unit++;
        }
        return millis / MILLIS[unit] + UNITS.get(unit);
    }
}
