package dev.caravan.job.store;

import static dev.caravan.job.store.RedisPipeline.bytes;

import dev.caravan.job.JobState;
import dev.caravan.job.JobTransition;
import dev.caravan.job.TransitionResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.data.redis.connection.RedisConnection;

/** Changes of the sets of {@link JobIndex} and {@link JobQuotas}, written in one go, many members a command. Not thread-safe. */
final class SetChanges {
    /** How long a failed job may take to its copy on the dead queue before another node makes the copy. */
    static final Duration BURIAL_GRACE = Duration.ofSeconds(15);

    private static final byte[][] EXISTING = {bytes("XX")};
    private static final byte[][] NEW = {bytes("NX")};

    private final Map<String, Map<String, Long>> added = new HashMap<>();
    /** Better times of entries that exist; and entries that are added unless they exist. */
    private final Map<String, Map<String, Long>> corrected = new HashMap<>();

    private final Map<String, Map<String, Long>> missing = new HashMap<>();
    private final Map<String, Set<String>> removed = new HashMap<>();
    /** By batch, its members that have ended, and what each counts as. */
    private final Map<String, Map<String, BatchMembers.Ending>> ended = new HashMap<>();

    private final Set<String> types = new LinkedHashSet<>();
    private final Set<String> tags = new LinkedHashSet<>();

    boolean isEmpty() {
        return added.isEmpty() && corrected.isEmpty() && missing.isEmpty() && removed.isEmpty() && ended.isEmpty();
    }

    /** Tags that jobs have. */
    void tags(List<String> those) {
        tags.addAll(those);
    }

    /** A type that has jobs. */
    void type(String type) {
        types.add(type);
    }

    void remove(String key, String id) {
        List.of(added, corrected, missing)
                .forEach(each -> each.computeIfPresent(key, (k, scores) -> {
                    scores.remove(id);
                    return scores.isEmpty() ? null : scores;
                }));
        removed.computeIfAbsent(key, k -> new LinkedHashSet<>()).add(id);
    }

    void addIfMissing(String key, String id, long score) {
        missing.computeIfAbsent(key, k -> new LinkedHashMap<>()).put(id, score);
        type(typeOf(key));
    }

    private static String typeOf(String key) {
        return key.substring(key.lastIndexOf(':') + 1);
    }

    private void add(Map<String, Map<String, Long>> to, String key, String id, long score) {
        removed.computeIfPresent(key, (k, ids) -> {
            ids.remove(id);
            return ids.isEmpty() ? null : ids;
        });
        to.computeIfAbsent(key, k -> new LinkedHashMap<>()).put(id, score);
    }

    /**
     * Adds the entries that a transition needs, before it is written. A repeated Idempotency-Key does not move its job in the
     * list, nor among those of its user.
     */
    void announce(JobTransition transition, long now, boolean ofUser) {
        String id = transition.job().id();
        if (ofUser && transition.user() != null) {
            add(missing, JobQuotas.OPEN + transition.user(), id, now);
        }
        if (transition.isBirth()) {
            add(added, JobIndex.idsKey(id), id, 0);
            if (transition.isSubmission()) {
                add(missing, JobIndex.key(transition.to(), transition.job().type()), id, now);
                transition.tags().forEach(tag -> add(missing, JobIndex.TAG + tag, id, now));
            }
        }
        switch (transition.to()) {
            case QUEUED -> {
                add(
                        added,
                        transition.isFirstMessage()
                                ? JobIndex.queued(transition.job().priority())
                                : JobIndex.AGAIN,
                        id,
                        now);
                if (transition.expires() > 0) {
                    add(added, JobIndex.DUE, id, now + transition.expires());
                }
            }
            case RUNNING, RETRYING, SCHEDULED -> {
                String key = transition.isParked()
                        ? JobIndex.PARKED + transition.job().type()
                        : JobIndex.DUE;
                add(added, key, id, transition.heldUntil(now));
            }
            case FAILED -> {
                if (!transition.isBurial()) {
                    add(added, JobIndex.DUE, id, now + BURIAL_GRACE.toMillis());
                }
            }
            default -> {}
        }
    }

    /** Somebody has to be told how a job has ended, which it is about to. */
    void noteEnd(String id, long now) {
        add(added, EndedJobs.KEY, id, now + EndedJobs.SOON_MILLIS);
    }

    /** Lists a job where it is after a transition, whether that was made or not. */
    void follow(JobTransition transition, TransitionScript.Reply reply) {
        TransitionResult result = reply.result();
        String id = result.job().id();
        JobState state = result.state();
        if (state.terminal() && (state != JobState.FAILED || transition.isBurial())) {
            remove(JobIndex.DUE, id);
        }
        if (result.done() && transition.isParked() && result.before() != JobState.QUEUED) {
            remove(JobIndex.DUE, id);
        }
        String queued = JobIndex.queued(result.job().priority());
        String announced = JobIndex.queued(transition.job().priority());
        if (transition.isSubmission() && !announced.equals(queued)) { // the same key, with another priority
            remove(announced, id);
        }
        // An attempt that began has removed the entry.
        if (result.done() && state != JobState.QUEUED && (transition.starts() || result.before() != JobState.RUNNING)) {
            boolean first = result.attempt() == (state == JobState.RUNNING ? 1 : 0);
            remove(first ? queued : JobIndex.AGAIN, id);
            if (!first && result.job().edition() > 0) { // its message may have been that of a replay
                remove(queued, id);
            }
        }
        if (result.done() && state == JobState.QUEUED && !transition.isFirstMessage()) { // its message was lost
            remove(queued, id);
        }
        if (state.terminal() && !reply.user().isEmpty()) {
            remove(JobQuotas.OPEN + reply.user(), id);
        }
        if (transition.user() != null && !result.changed() && !transition.user().equals(reply.user())) {
            remove(JobQuotas.OPEN + transition.user(), id); // the job of another user has the unique key
        }
        if (state.terminal() && reply.batch() != null && !transition.isBurial()) {
            end(reply.batch(), id, state, reply.createdAt());
        }
        if (transition.batch() != null
                && !result.changed()
                && state != JobState.WITHDRAWN // its withdrawal was faster
                && !transition.batch().equals(reply.batch())) {
            end(
                    transition.batch(),
                    id,
                    JobState.WITHDRAWN,
                    Long.MAX_VALUE); // the job that has the key is not of this batch
        }
        if (state == JobState.WITHDRAWN && result.done() && reply.batch() == null) {
            leave(transition);
        }
        String type = reply.type();
        String now = JobIndex.key(
                state,
                result.changed() && transition.isBirth() ? transition.job().type() : type);
        if (result.done()) {
            // A submission has an entry, unless a worker has claimed the job already.
            boolean submitted = transition.isSubmission() && state == transition.to();
            add(submitted ? corrected : added, now, id, reply.createdAt());
            type(typeOf(now));
            for (JobState left : result.changed() ? Set.of(result.before()) : transition.from()) {
                String key = JobIndex.key(left, type);
                if (left != JobState.NEW && !key.equals(now)) {
                    remove(key, id);
                }
            }
            if (reply.found() && !transition.isBirth()) {
                add(added, JobIndex.idsKey(id), id, 0);
            }
        }
        String submitted = JobIndex.key(
                transition.isSubmission() ? transition.to() : JobState.QUEUED,
                transition.job().type());
        if (transition.isBirth() && !submitted.equals(now)) {
            remove(submitted, id);
        }
    }

    /** Nothing of a submission is stored, nor will be: it leaves the batch that had taken it. */
    void leave(JobTransition submission) {
        JobTransition.Admission admission = submission.admission();
        if (admission != null) {
            end(admission.batch(), submission.job().id(), JobState.WITHDRAWN, admission.at());
        }
    }

    private void end(String batch, String id, JobState state, long upTo) {
        ended.computeIfAbsent(batch, key -> new LinkedHashMap<>())
                .put(id, new BatchMembers.Ending(BatchMembers.countOf(state), upTo));
    }

    /** By {@code execute}: Spring Data's own methods make a proxy for each call on a pipeline. */
    void write(RedisConnection connection) {
        write(connection, added, new byte[0][]);
        write(connection, corrected, EXISTING);
        write(connection, missing, NEW);
        removed.forEach((key, ids) -> connection.execute("ZREM", arguments(key, ids)));
        ended.forEach((batch, members) -> BatchMembers.end(connection, batch, members));
    }

    private static void write(RedisConnection connection, Map<String, Map<String, Long>> entries, byte[][] condition) {
        entries.forEach((key, scores) -> {
            List<byte[]> arguments = new ArrayList<>(2 + 2 * scores.size());
            arguments.add(bytes(key));
            arguments.addAll(List.of(condition));
            scores.forEach((id, score) -> {
                arguments.add(bytes(score.toString()));
                arguments.add(bytes(id));
            });
            connection.execute("ZADD", arguments.toArray(byte[][]::new));
        });
    }

    void writeTypes(RedisConnection connection) {
        if (!types.isEmpty()) {
            connection.execute("SADD", arguments(JobIndex.TYPES, types));
        }
        if (!tags.isEmpty()) {
            connection.execute("SADD", arguments(JobIndex.TAGS, tags));
        }
    }

    private static byte[][] arguments(String key, Set<String> members) {
        List<byte[]> arguments = new ArrayList<>(1 + members.size());
        arguments.add(bytes(key));
        members.forEach(member -> arguments.add(bytes(member)));
        return arguments.toArray(byte[][]::new);
    }
}
