package dev.caravan.job;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;

/**
 * What makes the jobs of a type unique: the key of a payload, and how long no other job of the type may have the same one.
 * Thread-safe.
 */
public final class JobUnique {
    /** Until its first attempt begins. */
    public static final String QUEUED = "queued";
    /** Until it has ended. */
    public static final String RUNNING = "running";

    private static final int LONGEST = 1024;

    private final PayloadKey key;
    private final String period;

    /** @param period as {@link #isPeriod} wants it */
    JobUnique(PayloadKey key, String period) {
        this.key = key;
        this.period = period;
    }

    /** Whether this says how long a key holds: {@value #QUEUED}, {@value #RUNNING}, or a duration from the submission on. */
    static boolean isPeriod(String text) {
        Duration duration = text == null ? null : JobType.duration(text);
        return QUEUED.equals(text) || RUNNING.equals(text) || duration != null && duration.toMillis() > 0;
    }

    /** The jq expression. */
    public String expression() {
        return key.text();
    }

    public String period() {
        return period;
    }

    /**
     * The key of a job, JSON text.
     *
     * @throws PayloadMismatch if its payload gives none
     */
    String keyOf(Job job) {
        JsonNode value;
        try {
            value = key.value(job.payload());
        } catch (IllegalArgumentException e) {
            throw none(job, e.getMessage());
        }
        if (value == null) {
            throw none(job, key + " gives null, and must give a key");
        }
        String text = value.toString();
        if (text.length() > LONGEST) {
            throw none(job, key + " gives a key that is longer than " + LONGEST + " characters");
        }
        return text;
    }

    private static PayloadMismatch none(Job job, String why) {
        return new PayloadMismatch(job.type(), List.of(new JobInput.Mismatch("", "x-unique " + why)));
    }
}
