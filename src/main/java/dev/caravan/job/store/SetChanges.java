package dev.caravan.job.store;

import static dev.caravan.job.store.RedisPipeline.bytes;

import dev.caravan.job.JobState;
import dev.caravan.job.JobTransition;
import dev.caravan.job.TransitionResult;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisZSetCommands.ZAddArgs;
import org.springframework.data.redis.connection.zset.DefaultTuple;
import org.springframework.data.redis.connection.zset.Tuple;

/** Changes of the sets of {@link JobIndex} and {@link JobQuotas}, written in one go, many members a command. Not thread-safe. */
final class SetChanges {
    /** How long a failed job may take to its copy on the dead queue before another node makes the copy. */
    static final Duration BURIAL_GRACE = Duration.ofSeconds(15);

    private final Map<String, Map<String, Double>> added = new HashMap<>();
    /** Better times of entries that exist; and entries that are added unless they exist. */
    private final Map<String, Map<String, Double>> corrected = new HashMap<>();

    private final Map<String, Map<String, Double>> missing = new HashMap<>();
    private final Map<String, Set<String>> removed = new HashMap<>();
    private final Set<String> types = new LinkedHashSet<>();

    boolean isEmpty() {
        return added.isEmpty() && corrected.isEmpty() && missing.isEmpty() && removed.isEmpty();
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

    void addIfMissing(String key, String id, double score) {
        missing.computeIfAbsent(key, k -> new LinkedHashMap<>()).put(id, score);
        type(typeOf(key));
    }

    private static String typeOf(String key) {
        return key.substring(key.lastIndexOf(':') + 1);
    }

    private void add(Map<String, Map<String, Double>> to, String key, String id, double score) {
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
            if (transition.to() == JobState.QUEUED) {
                add(missing, JobIndex.key(JobState.QUEUED, transition.job().type()), id, now);
            }
        }
        switch (transition.to()) {
            case QUEUED -> add(added, JobIndex.QUEUED, id, now);
            case RUNNING, RETRYING ->
                add(added, JobIndex.DUE, id, now + transition.hold().toMillis());
            case FAILED -> {
                if (!transition.isBurial()) {
                    add(added, JobIndex.DUE, id, now + BURIAL_GRACE.toMillis());
                }
            }
            default -> {}
        }
    }

    /** Lists a job where it is after a transition, whether that was made or not. */
    void follow(JobTransition transition, TransitionScript.Reply reply) {
        TransitionResult result = reply.result();
        String id = result.job().id();
        JobState state = result.state();
        if (state.terminal() && (state != JobState.FAILED || transition.isBurial())) {
            remove(JobIndex.DUE, id);
        }
        if (result.done() && state != JobState.QUEUED) {
            remove(JobIndex.QUEUED, id);
        }
        if (state.terminal() && !reply.user().isEmpty()) {
            remove(JobQuotas.OPEN + reply.user(), id);
        }
        String type = reply.type();
        String now = JobIndex.key(
                state,
                result.changed() && transition.isBirth() ? transition.job().type() : type);
        if (result.done()) {
            // A submission has an entry, unless a worker has claimed the job already.
            boolean submitted = transition.isBirth() && state == JobState.QUEUED;
            add(submitted ? corrected : added, now, id, reply.createdAt());
            type(typeOf(now));
            for (JobState left : result.changed() ? Set.of(reply.before()) : transition.from()) {
                String key = JobIndex.key(left, type);
                if (left != JobState.NEW && !key.equals(now)) {
                    remove(key, id);
                }
            }
            if (reply.found() && !transition.isBirth()) {
                add(added, JobIndex.idsKey(id), id, 0);
            }
        }
        String submitted = JobIndex.key(JobState.QUEUED, transition.job().type());
        if (transition.isBirth() && !submitted.equals(now)) {
            remove(submitted, id);
        }
    }

    void write(RedisConnection connection) {
        write(connection, added, ZAddArgs.empty());
        write(connection, corrected, ZAddArgs.ifExists());
        write(connection, missing, ZAddArgs.ifNotExists());
        removed.forEach((key, ids) -> connection.zSetCommands().zRem(bytes(key), bytes(ids)));
    }

    private static void write(
            RedisConnection connection, Map<String, Map<String, Double>> entries, ZAddArgs condition) {
        entries.forEach((key, scores) -> {
            Set<Tuple> tuples = new LinkedHashSet<>();
            scores.forEach((id, score) -> tuples.add(new DefaultTuple(bytes(id), score)));
            connection.zSetCommands().zAdd(bytes(key), tuples, condition);
        });
    }

    void writeTypes(RedisConnection connection) {
        if (!types.isEmpty()) {
            connection.setCommands().sAdd(bytes(JobIndex.TYPES), bytes(types));
        }
    }
}
