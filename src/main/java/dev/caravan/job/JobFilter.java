package dev.caravan.job;

import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

/**
 * Which jobs are meant: those that match each part. Null, or an empty set: whatever it is.
 *
 * @param states the job is in one of them
 * @param type it is of this type
 * @param error the simple name of the exception that its last failed attempt ended with
 * @param from it was submitted then or later
 * @param to it was submitted before
 * @param id how its id begins
 * @param tag it has this tag
 * @param batch it is a member of this batch
 * @param group its failure has this {@link JobFingerprint}
 */
public record JobFilter(
        Set<JobState> states,
        String type,
        String error,
        Instant from,
        Instant to,
        String id,
        String tag,
        String batch,
        String group) {
    /** All jobs. */
    public static final JobFilter ALL = new JobFilter(Set.of(), null, null, null, null, null, null, null, null);

    /** Of the shortest beginning of an id: so many characters choose the set in which it is looked up. */
    public static final int SHORTEST_ID = 4;

    /** The names of the parameters. */
    public static final List<String> NAMES =
            List.of("state", "type", "error", "from", "to", "id", "tag", "batch", "group");

    private static final Pattern ERROR = Pattern.compile("[A-Za-z0-9_$]{1,200}");

    /** @param state or null, as {@code type} */
    public static JobFilter in(JobState state, String type) {
        return new JobFilter(state == null ? Set.of() : Set.of(state), type, null, null, null, null, null, null, null);
    }

    public static JobFilter startingWith(String id) {
        return new JobFilter(Set.of(), null, null, null, null, id, null, null, null);
    }

    /**
     * Reads the parameters of a request.
     *
     * @param values by {@link #NAMES}; null for none
     * @throws ResponseStatusException 400
     */
    public static JobFilter of(UnaryOperator<String> values) {
        JobState state = state(values.apply("state"));
        String type = values.apply("type");
        if (type != null && !Job.isType(type)) {
            throw bad("type must be the name of a job type.");
        }
        String error = values.apply("error");
        if (error != null && !ERROR.matcher(error).matches()) {
            throw bad("error must be the name of an exception without its package, such as IllegalArgumentException.");
        }
        Instant from = time("from", values.apply("from"));
        Instant to = time("to", values.apply("to"));
        if (from != null && to != null && !from.isBefore(to)) {
            throw bad("from must be before to.");
        }
        String id = values.apply("id");
        if (id != null && (id.length() < SHORTEST_ID || !Job.isId(id))) {
            throw bad("id must be the first 4 to 64 characters of a job id.");
        }
        String tag = values.apply("tag");
        if (tag != null && !Job.isTag(tag)) {
            throw bad("tag must be one tag: " + JobOptions.TAG + ".");
        }
        String batch = values.apply("batch");
        if (batch != null && !Job.isId(batch)) {
            throw bad("batch must be the id of a batch.");
        }
        String group = values.apply("group");
        if (group != null && !JobFingerprint.isOne(group)) {
            throw bad("group must be 16 hexadecimal digits: GET /jobs/dead lists the groups.");
        }
        if (group != null && state == null) {
            state = JobState.FAILED;
        }
        return new JobFilter(state == null ? Set.of() : Set.of(state), type, error, from, to, id, tag, batch, group);
    }

    private static JobState state(String text) {
        if (text == null) {
            return null;
        }
        StringJoiner names = new StringJoiner(", ");
        for (JobState state : EnumSet.complementOf(EnumSet.of(JobState.NEW))) {
            if (state.name().equalsIgnoreCase(text)) {
                return state;
            }
            names.add(state.name());
        }
        throw bad("state must be one of " + names + ".");
    }

    private static Instant time(String name, String text) {
        return text == null ? null : JobOptions.time(name, text);
    }

    private static ResponseStatusException bad(String why) {
        return new ResponseStatusException(HttpStatus.BAD_REQUEST, why);
    }

    /** The same, of jobs in these states, unless it names its own. */
    public JobFilter in(Set<JobState> others) {
        return states.isEmpty() ? new JobFilter(others, type, error, from, to, id, tag, batch, group) : this;
    }

    /** The same, of jobs that were submitted before this time. */
    public JobFilter before(Instant time) {
        return to == null || to.isAfter(time)
                ? new JobFilter(states, type, error, from, time, id, tag, batch, group)
                : this;
    }

    /** Whether the job of this hash matches, but for {@link #from} and {@link #to}: the index has those. */
    public boolean matches(String jobId, Map<String, String> hash) {
        JobState state = Job.stateOf(hash);
        return (states.isEmpty() || states.contains(state))
                && (type == null || type.equals(Job.typeOf(hash.get("type"))))
                && (error == null || state != JobState.FINISHED && error.equals(hash.get(JobError.TYPE)))
                && (id == null || jobId.startsWith(id))
                && (tag == null || Job.tagsOf(hash.get("tags")).contains(tag))
                && (batch == null || batch.equals(hash.get("batch")))
                && (group == null || state == JobState.FAILED && group.equals(JobFingerprint.of(hash)));
    }

    /** Whether a job that was submitted then matches {@link #from} and {@link #to}. */
    public boolean matches(long submitted) {
        return (from == null || submitted >= from.toEpochMilli()) && (to == null || submitted < to.toEpochMilli());
    }
}
