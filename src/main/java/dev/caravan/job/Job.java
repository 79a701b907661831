package dev.caravan.job;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A job as it flows through a route: {@code ${variable.job.id}} and so on.
 *
 * @param id a UUID for jobs of ours; other services may choose other ids of the same characters
 * @param type names the handler, {@code direct:job-<type>}
 * @param payload JSON text, or null
 * @param token made anew for each submission and for each delivery; distinguishes a repeated transition from a rival's
 * @param state the state it is in
 * @param attempt number of the current attempt, 0 before the first; the fence of every write about it
 * @param failures how many attempts have failed
 * @param edition how often it was withdrawn and submitted again, maybe with another payload
 * @param createdAt when it was submitted, epoch milliseconds of Redis; 0 if that is not known
 * @param priority which queue its first message goes on
 */
public record Job(
        String id,
        String type,
        String payload,
        String token,
        JobState state,
        int attempt,
        int failures,
        int edition,
        long createdAt,
        JobPriority priority) {
    /** The type of a job whose message names none. */
    public static final String DEFAULT_TYPE = "default";

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._:-]{1,64}");
    private static final Pattern TAG = Pattern.compile("[A-Za-z0-9._:/@-]{1,40}");
    private static final Pattern TYPE = Pattern.compile("[a-z0-9][a-z0-9-]{0,63}");

    /** A job of normal priority. */
    public Job(
            String id,
            String type,
            String payload,
            String token,
            JobState state,
            int attempt,
            int failures,
            int edition,
            long createdAt) {
        this(id, type, payload, token, state, attempt, failures, edition, createdAt, JobPriority.NORMAL);
    }

    /** Whether this can be the id of a job. Nothing else ever becomes part of a key. */
    public static boolean isId(String id) {
        return id != null && ID.matcher(id).matches();
    }

    /** Whether this can be the name of a type. Nothing else ever becomes part of an endpoint. */
    public static boolean isType(String type) {
        return type != null && TYPE.matcher(type).matches();
    }

    /** Whether this can be a tag. Nothing else ever becomes part of a key. */
    public static boolean isTag(String tag) {
        return tag != null && TAG.matcher(tag).matches();
    }

    /** The tags that the field {@code tags} of a hash names. */
    public static List<String> tagsOf(String field) {
        return field == null
                ? List.of()
                : Arrays.stream(field.split(" ")).filter(Job::isTag).toList();
    }

    /** Whether the same request, repeated, makes the same job: its id is made of a key, a version 5 UUID. */
    public boolean hasKey() {
        return id.length() == 36 && id.charAt(14) == '5';
    }

    /** The same job with another payload. */
    Job withPayload(String other) {
        return new Job(id, type, other, token, state, attempt, failures, edition, createdAt, priority);
    }

    /** A job as it is before anything is stored of it. */
    public static Job create(String id, String type, String payload, String token) {
        return create(id, type, payload, token, 0, 0);
    }

    /** The same, of a job whose message tells its edition, and when it was submitted. */
    public static Job create(String id, String type, String payload, String token, int edition, long createdAt) {
        return new Job(id, type, payload, token, JobState.NEW, 0, 0, edition, createdAt);
    }

    /** A job as its hash shows it; fields that another service did not write get their defaults. */
    public static Job of(String id, Map<String, String> hash, String token) {
        return new Job(
                id,
                typeOf(hash.get("type")),
                hash.get("payload"),
                token,
                stateOf(hash),
                (int) number(hash.get("attempt")),
                (int) number(hash.get("failures")),
                (int) number(hash.get("edition")),
                number(hash.get("createdAt")),
                JobPriority.of(hash.get("priority")));
    }

    Job under(String otherId) {
        return new Job(otherId, type, payload, token, state, attempt, failures, edition, createdAt, priority);
    }

    Job with(JobPriority other) {
        return new Job(id, type, payload, token, state, attempt, failures, edition, createdAt, other);
    }

    /** The type that a hash shows; the default one if that cannot be the name of a type. */
    public static String typeOf(String field) {
        return isType(field) ? field : DEFAULT_TYPE;
    }

    /**
     * The state a hash shows; one written by a service that knows only {@code status} has no field {@code state}, or one
     * of its own that means something else.
     */
    public static JobState stateOf(Map<String, String> hash) {
        String state = hash.get("state");
        for (JobState known : JobState.values()) {
            if (known.name().equals(state)) {
                return known;
            }
        }
        String status = hash.get("status");
        return status == null ? JobState.NEW : status.equals("0") ? JobState.FINISHED : JobState.RUNNING;
    }

    /** The number in a field of a hash; 0 if there is none, or none of ours. */
    public static long number(String field) {
        try {
            return field == null ? 0 : Long.parseLong(field);
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
