package dev.caravan.job.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.job.Job;
import dev.caravan.job.JobState;
import dev.caravan.job.JobTransition;
import dev.caravan.job.TransitionResult;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisZSetCommands.ZAddArgs;
import org.springframework.data.redis.connection.zset.DefaultTuple;
import org.springframework.data.redis.connection.zset.Tuple;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.ZSetOperations.TypedTuple;
import org.springframework.stereotype.Component;

/**
 * Which jobs there are: a sorted set for each state and type, {@value #IN}{@code <STATE>:<type>}, by time of submission;
 * the types that have any, {@value #TYPES}; and the ids in their order, a set for each way to begin, {@value #IDS}{@code <…>}. So each list and each number is read
 * without looking at other jobs, however many there are.
 *
 * <p>The hash of a job is the truth. {@link JobStore} tells the index of each move right after it; what is wrong here for
 * longer was left behind by a crash, or has expired, and is put right by {@link #tidy}. Thread-safe.
 */
@Component
public class JobIndex {
    public static final String IN = "caravan:jobs:in:";
    public static final String TYPES = "caravan:jobs:types";
    public static final String IDS = "caravan:jobs:ids:";
    /** So many characters of an id choose its set: random ids fill many small ones, which cost Redis half as much as a large one. */
    private static final int IDS_APART = 4;

    public static final Set<JobState> STATES = EnumSet.complementOf(EnumSet.of(JobState.NEW));

    private static final int CHUNK = 200;
    /** How many entries one look compares with their hashes, at the least in each set, and in all of them. */
    private static final int LOOKED_AT = 100;

    private static final int LOOKED_AT_IN_ALL = 2000;
    /** A hash that has not changed for so long is in the index by now. */
    private static final long SETTLED_MILLIS = 10_000;
    /** A submission that has no hash after this time will have none. */
    private static final long UNBORN_MILLIS = 60_000;

    private static final List<String> FIELDS = List.of("state", "status", "type", "createdAt", "updatedAt");

    private final StringRedisTemplate redis;
    private final JobStore store;
    /** How far each set was compared with the hashes. */
    private final Map<String, Long> places = new ConcurrentHashMap<>();

    public JobIndex(StringRedisTemplate redis, JobStore store) {
        this.redis = redis;
        this.store = store;
    }

    /** The set of the jobs of a type that are in a state. */
    public static String key(JobState state, String type) {
        return IN + state + ":" + type;
    }

    /** The set of all ids that begin as this one, or this prefix, does. */
    public static String idsKey(String id) {
        return IDS + id.substring(0, Math.min(IDS_APART, id.length()));
    }

    /** The sets in which the jobs are that a list shows; the filters may be null. */
    public List<String> keys(JobState state, String type) {
        List<String> keys = new ArrayList<>();
        for (String each : type == null ? types() : List.of(type)) {
            for (JobState one : state == null ? STATES : Set.of(state)) {
                keys.add(key(one, each));
            }
        }
        return keys;
    }

    private List<String> types() {
        Set<String> types = redis.opsForSet().members(TYPES);
        return types == null ? List.of() : List.copyOf(new TreeSet<>(types));
    }

    /**
     * How many jobs there are.
     *
     * @param types by type, and by state; types without any are left out
     */
    public record Counts(Map<String, Map<JobState, Long>> types, Instant at) {}

    /** @param type the only type to count, even if it has no jobs; empty for all */
    public Counts counts(String type) {
        Map<String, Map<JobState, Long>> counts = count(type.isEmpty() ? types() : List.of(type));
        if (type.isEmpty()) {
            counts.values().removeIf(states -> sum(states) == 0);
        }
        return new Counts(counts, Instant.now());
    }

    private Map<String, Map<JobState, Long>> count(List<String> types) {
        List<Object> sizes = redis.executePipelined((RedisCallback<Void>) connection -> {
            for (String type : types) {
                STATES.forEach(state -> connection.zSetCommands().zCard(bytes(key(state, type))));
            }
            return null;
        });
        Map<String, Map<JobState, Long>> counts = new LinkedHashMap<>();
        int next = 0;
        for (String type : types) {
            Map<JobState, Long> states = new EnumMap<>(JobState.class);
            for (JobState state : STATES) {
                states.put(state, (Long) sizes.get(next++));
            }
            counts.put(type, states);
        }
        return counts;
    }

    private static long sum(Map<JobState, Long> states) {
        return states.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Forgets jobs that have expired, oldest first, and puts right what a crash has left. Called by a timer. */
    public void tidy() {
        Map<String, Map<JobState, Long>> counts = count(types());
        Map<String, Long> sizes = new HashMap<>();
        counts.forEach((type, states) -> states.forEach((state, size) -> {
            if (size > 0) {
                sizes.put(key(state, type), size);
                if (state.terminal()) {
                    forgetOldest(key(state, type));
                }
            }
        }));
        for (String key : List.of(JobStore.QUEUED, JobStore.DUE)) {
            Long size = redis.opsForZSet().zCard(key);
            if (size != null && size > 0) {
                sizes.put(key, size);
            }
        }
        compare(sizes);
        counts.forEach((type, states) -> {
            if (sum(states) == 0) {
                forgetType(type);
            }
        });
    }

    private void forgetOldest(String key) {
        List<String> gone;
        do {
            List<String> oldest = List.copyOf(redis.opsForZSet().range(key, 0, CHUNK - 1L));
            List<JobState> states = store.states(oldest);
            gone = new ArrayList<>();
            for (int i = 0; i < oldest.size(); i++) {
                if (states.get(i) == JobState.NEW) {
                    gone.add(oldest.get(i));
                }
            }
            forget(key, gone);
        } while (!gone.isEmpty());
    }

    private void forget(String key, List<String> gone) {
        if (!gone.isEmpty()) {
            Changes changes = new Changes();
            for (String id : gone) {
                changes.remove(key, id);
                changes.remove(idsKey(id), id);
            }
            tell(changes);
        }
    }

    /** A submission adds to a set before it adds the type: so one that comes in between is seen here, or names it again. */
    private void forgetType(String type) {
        redis.opsForSet().remove(TYPES, type);
        if (sum(count(List.of(type)).get(type)) > 0) {
            redis.opsForSet().add(TYPES, type);
        }
    }

    /** Compares the next entries of each set with their hashes: the more it has, the more of them. */
    private void compare(Map<String, Long> sizes) {
        long all = sum(sizes.values());
        places.keySet().retainAll(sizes.keySet());
        sizes.forEach((key, size) -> {
            long from = places.getOrDefault(key, 0L);
            long many = Math.max(LOOKED_AT, LOOKED_AT_IN_ALL * size / all);
            Set<TypedTuple<String>> entries = redis.opsForZSet().rangeWithScores(key, from, from + many - 1);
            places.put(key, entries.size() < many ? 0 : from + many);
            compare(key, List.copyOf(entries));
        });
    }

    private static long sum(Iterable<Long> numbers) {
        long sum = 0;
        for (long number : numbers) {
            sum += number;
        }
        return sum;
    }

    private void compare(String key, List<TypedTuple<String>> entries) {
        long now = System.currentTimeMillis();
        List<Map<String, String>> hashes =
                store.fields(entries.stream().map(TypedTuple::getValue).toList(), FIELDS);
        Changes changes = new Changes();
        List<String> gone = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            String id = entries.get(i).getValue();
            Map<String, String> hash = hashes.get(i);
            JobState state = Job.stateOf(hash);
            if (state == JobState.NEW) {
                if (key.startsWith(IN) && entries.get(i).getScore() < now - UNBORN_MILLIS) {
                    gone.add(id);
                }
            } else if (Job.number(hash.get("updatedAt")) < now - SETTLED_MILLIS) {
                String right = key(state, Job.typeOf(hash.get("type")));
                if (!right.equals(key)) {
                    changes.addIfMissing(
                            right, id, submittedAt(hash, entries.get(i).getScore(), now));
                    if (key.startsWith(IN)) {
                        changes.remove(key, id);
                    }
                }
            }
        }
        forget(key, gone);
        if (!changes.isEmpty()) {
            tell(changes);
        }
    }

    /** Another service that stores a job leaves out when it was submitted: then it keeps its place. */
    private static double submittedAt(Map<String, String> hash, double place, long now) {
        long createdAt = Job.number(hash.get("createdAt"));
        return createdAt > 0 ? createdAt : Math.min(place, now);
    }

    private void tell(Changes changes) {
        redis.executePipelined((RedisCallback<Void>) connection -> {
            changes.write(connection);
            changes.writeTypes(connection);
            return null;
        });
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    /** What the sets are to be told in one go, many members in each command. Not thread-safe. */
    static final class Changes {
        private final Map<String, Map<String, Double>> added = new HashMap<>();
        /** Times that are known better now, of entries that are there; and entries that are added unless they are there. */
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
                    .forEach(each -> each.computeIfPresent(key, (k, scores) -> without(scores, id)));
            removed.computeIfAbsent(key, k -> new LinkedHashSet<>()).add(id);
        }

        private static Set<String> without(Set<String> ids, String id) {
            ids.remove(id);
            return ids.isEmpty() ? null : ids;
        }

        private static Map<String, Double> without(Map<String, Double> scores, String id) {
            scores.remove(id);
            return scores.isEmpty() ? null : scores;
        }

        private void addIfMissing(String key, String id, double score) {
            missing.computeIfAbsent(key, k -> new LinkedHashMap<>()).put(id, score);
            type(key.substring(key.lastIndexOf(':') + 1));
        }

        private void add(Map<String, Map<String, Double>> to, String key, String id, double score) {
            removed.computeIfPresent(key, (k, ids) -> without(ids, id));
            to.computeIfAbsent(key, k -> new LinkedHashMap<>()).put(id, score);
        }

        /**
         * A move was made, or was not: the job goes on to where it is now.
         *
         * @param before the state before
         * @param type the type before
         * @param createdAt when it was submitted
         * @param found whether that was not known before, for another service has stored the job
         */
        void follow(
                JobTransition move,
                TransitionResult moved,
                JobState before,
                String type,
                long createdAt,
                boolean found) {
            String id = moved.job().id();
            String now = key(
                    moved.state(),
                    moved.changed() && move.isBirth() ? move.job().type() : type);
            if (moved.done()) {
                // Of a submission there is an entry, unless a worker has taken it on already.
                boolean submitted = move.isBirth() && moved.state() == JobState.QUEUED;
                add(submitted ? corrected : added, now, id, createdAt);
                type(now.substring(now.lastIndexOf(':') + 1));
                for (JobState left : moved.changed() ? Set.of(before) : move.from()) {
                    String key = key(left, type);
                    if (left != JobState.NEW && !key.equals(now)) {
                        remove(key, id);
                    }
                }
                if (found && !move.isBirth()) {
                    add(added, idsKey(id), id, 0);
                }
            }
            String submitted = key(JobState.QUEUED, move.job().type());
            if (move.isBirth() && !submitted.equals(now)) {
                remove(submitted, id);
            }
        }

        void write(RedisConnection connection) {
            write(connection, added, ZAddArgs.empty());
            write(connection, corrected, ZAddArgs.ifExists());
            write(connection, missing, ZAddArgs.ifNotExists());
            removed.forEach((key, ids) -> connection
                    .zSetCommands()
                    .zRem(bytes(key), ids.stream().map(JobIndex::bytes).toArray(byte[][]::new)));
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
                connection
                        .setCommands()
                        .sAdd(bytes(TYPES), types.stream().map(JobIndex::bytes).toArray(byte[][]::new));
            }
        }
    }
}
