package dev.caravan.job.store;

import static dev.caravan.job.store.RedisPipeline.bytes;

import dev.caravan.job.Job;
import dev.caravan.job.JobFilter;
import dev.caravan.job.JobPriority;
import dev.caravan.job.JobSettings;
import dev.caravan.job.JobState;
import dev.caravan.job.JobTypes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.ZSetOperations.TypedTuple;
import org.springframework.stereotype.Component;

/**
 * The sorted sets that list jobs, so that each list and each count is read without looking at other jobs:
 *
 * <ul>
 *   <li>{@value #IN}{@code <STATE>:<type>}: the jobs of a type in a state, by time of submission; {@value #TYPES} has the types
 *   <li>{@value #IDS}{@code <begin>}: the ids that begin so, in their order
 *   <li>{@value #QUEUED}, and the same with {@code :high} or {@code :low}: the jobs on the queue of each priority; {@value
 *       #AGAIN}: those on the queue for jobs that run again, and some that were
 *   <li>{@value #TAG}{@code <tag>}: the jobs with a tag, by time of submission, and some whose submission was refused; {@value
 *       #TAGS} has the tags
 *   <li>{@value #DUE}: the jobs that {@code recovery} must check, by when; {@value #PARKED}{@code <type>}: the jobs that wait
 *       for a node with a handler
 * </ul>
 *
 * <p>The hash of a job is the truth. {@link TransitionWriter} updates the sets right after it; {@link #maintain} corrects
 * what a crash has left, and removes what has expired. Thread-safe.
 */
@Component
public class JobIndex {
    public static final String IN = "caravan:jobs:in:";
    public static final String QUEUED = "caravan:jobs:queued";
    private static final String QUEUED_HIGH = QUEUED + ":high";
    private static final String QUEUED_LOW = QUEUED + ":low";
    public static final String AGAIN = "caravan:jobs:again";
    public static final String DUE = "caravan:jobs:due";
    public static final String PARKED = "caravan:jobs:parked:";
    public static final String TYPES = "caravan:jobs:types";
    public static final String TAG = "caravan:jobs:tag:";
    public static final String TAGS = "caravan:jobs:tags";
    public static final String IDS = "caravan:jobs:ids:";
    /** So many characters of an id choose its set: random ids fill many small ones, which cost Redis half as much as a large one. */
    private static final int PREFIX_LENGTH = JobFilter.SHORTEST_ID;

    public static final Set<JobState> STATES = EnumSet.complementOf(EnumSet.of(JobState.NEW));

    private static final int CHUNK = 200;
    /** How many jobs of each set that have not expired a run looks at to find those that have. */
    private static final int STILL_THERE = 1000;
    /** How many entries each run compares with their hashes: at least in each set, and in all of them. */
    private static final int COMPARED = 100;

    private static final int COMPARED_IN_ALL = 2000;
    /** How many tags each run looks at, at random. */
    private static final int TAGS_A_RUN = 100;
    /** A hash that has not changed for so long is in the index by now. */
    private static final long SETTLED_MILLIS = 10_000;
    /** A submission that has no hash after this time will have none. */
    private static final long NEVER_STORED_MILLIS = 60_000;

    private static final List<String> FIELDS =
            List.of("state", "status", "type", "createdAt", "updatedAt", DiscardedJobs.FIELD);

    private final StringRedisTemplate redis;
    private final RedisPipeline pipeline;
    private final JobHashes hashes;
    /** How far each set was compared with the hashes. */
    private final Map<String, Long> places = new ConcurrentHashMap<>();
    /** How far each set was searched for jobs that have expired; absent if from the beginning. */
    private final Map<String, Long> oldest = new ConcurrentHashMap<>();

    private final JobTypes jobTypes;
    private final JobSettings settings;

    public JobIndex(StringRedisTemplate redis, JobHashes hashes, JobTypes jobTypes, JobSettings settings) {
        this.jobTypes = jobTypes;
        this.settings = settings;
        this.redis = redis;
        this.pipeline = new RedisPipeline(redis);
        this.hashes = hashes;
    }

    /** The set of the jobs of a type that are in a state. */
    public static String key(JobState state, String type) {
        return IN + state + ":" + type;
    }

    /** The set of the jobs on the queue of a priority. */
    public static String queued(JobPriority priority) {
        return priority == JobPriority.NORMAL ? QUEUED : priority == JobPriority.HIGH ? QUEUED_HIGH : QUEUED_LOW;
    }

    /** The set of all ids that begin as this one, or this prefix, does. */
    public static String idsKey(String id) {
        return IDS + id.substring(0, Math.min(PREFIX_LENGTH, id.length()));
    }

    /** The sets in which the jobs are that may match a filter. */
    List<String> keys(JobFilter filter) {
        if (filter.batch() != null) {
            return List.of(BatchMembers.keys(filter.batch()).get(2));
        }
        if (filter.tag() != null) {
            return List.of(TAG + filter.tag());
        }
        List<String> keys = new ArrayList<>();
        for (String type : filter.type() == null ? types() : List.of(filter.type())) {
            for (JobState state : filter.states().isEmpty() ? STATES : filter.states()) {
                keys.add(key(state, type));
            }
        }
        return keys;
    }

    /** The types of which jobs wait for a node with a handler. */
    public List<String> parkedTypes() {
        return List.copyOf(sizes(type -> PARKED + type).keySet());
    }

    /** The types of which jobs are in a state, and how many. */
    public Map<String, Long> typesIn(JobState state) {
        return sizes(type -> key(state, type));
    }

    /** The sizes of the sets of the types, in the order of these, without those that are empty. */
    private Map<String, Long> sizes(UnaryOperator<String> keyOfType) {
        List<String> all = types();
        List<Object> sizes = pipeline.text(
                connection -> all.forEach(type -> connection.zSetCommands().zCard(bytes(keyOfType.apply(type)))));
        Map<String, Long> found = new LinkedHashMap<>();
        for (int i = 0; i < all.size(); i++) {
            if ((Long) sizes.get(i) > 0) {
                found.put(all.get(i), (Long) sizes.get(i));
            }
        }
        return found;
    }

    /** So many ids of the jobs of a type that are in a state, from a place in their order on. */
    public List<String> ids(JobState state, String type, long from, int many) {
        Set<String> ids = redis.opsForZSet().range(key(state, type), from, from + many - 1);
        return ids == null ? List.of() : List.copyOf(ids);
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
            counts.values().removeIf(states -> sum(states.values()) == 0);
        }
        return new Counts(counts, Instant.now());
    }

    private Map<String, Map<JobState, Long>> count(List<String> types) {
        List<Object> sizes = pipeline.text(connection -> types.forEach(
                type -> STATES.forEach(state -> connection.zSetCommands().zCard(bytes(key(state, type))))));
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

    /** Removes jobs that have expired, oldest first, and corrects what a crash has left. Called by a timer. */
    public void maintain() {
        Map<String, Map<JobState, Long>> counts = count(types());
        Map<String, Long> sizes = new HashMap<>();
        counts.forEach((type, states) -> states.forEach((state, size) -> {
            if (size > 0) {
                sizes.put(key(state, type), size);
                if (state.terminal()) {
                    removeExpired(key(state, type), shortestRetention(type));
                }
            }
        }));
        for (String key : List.of(QUEUED, QUEUED_HIGH, QUEUED_LOW, AGAIN, DUE)) {
            Long size = redis.opsForZSet().zCard(key);
            if (size != null && size > 0) {
                sizes.put(key, size);
            }
        }
        compare(sizes);
        removeExpiredOfTags();
        counts.forEach((type, states) -> {
            if (sum(states.values()) == 0) {
                removeType(type);
            }
        });
    }

    /**
     * From the oldest on. Those that are kept longer than others may be the oldest for long, so each run goes on where the one
     * before has ended, up to the first that is too young to have expired.
     */
    private void removeExpired(String key, Duration kept) {
        long mayBeGone = System.currentTimeMillis() - kept.toMillis();
        long place = oldest.getOrDefault(key, 0L);
        for (long end = place + STILL_THERE; place < end; ) {
            List<TypedTuple<String>> entries =
                    List.copyOf(redis.opsForZSet().rangeWithScores(key, place, place + CHUNK - 1L));
            List<String> ids = entries.stream().map(TypedTuple::getValue).toList();
            List<JobState> states = hashes.states(ids);
            List<String> gone = new ArrayList<>();
            for (int i = 0; i < ids.size(); i++) {
                if (states.get(i) == JobState.NEW) {
                    gone.add(ids.get(i));
                }
            }
            remove(key, gone);
            place += ids.size() - gone.size();
            if (ids.size() < CHUNK || entries.get(CHUNK - 1).getScore() > mayBeGone) {
                oldest.remove(key);
                return;
            }
        }
        oldest.put(key, place);
    }

    private void removeExpiredOfTags() {
        Set<String> tags = redis.opsForSet().distinctRandomMembers(TAGS, TAGS_A_RUN);
        if (tags == null || tags.isEmpty()) {
            return;
        }
        Duration kept = jobTypes.all().keySet().stream()
                .map(this::shortestRetention)
                .min(Comparator.naturalOrder())
                .orElse(settings.retention());
        for (String tag : tags) {
            removeExpired(TAG + tag, kept);
            if (isUnused(tag)) {
                redis.opsForSet().remove(TAGS, tag);
                if (!isUnused(tag)) { // as in removeType
                    redis.opsForSet().add(TAGS, tag);
                }
            }
        }
    }

    private boolean isUnused(String tag) {
        Long size = redis.opsForZSet().zCard(TAG + tag);
        return size != null && size == 0;
    }

    /** No hash of a job of this type expires sooner. */
    private Duration shortestRetention(String type) {
        Duration own = jobTypes.of(type).retention();
        Duration kept = own == null ? settings.retention() : own;
        return kept.compareTo(settings.keyRetention()) < 0 ? kept : settings.keyRetention();
    }

    /** Jobs of a type in a state are not listed any more. */
    void remove(JobState state, String type, List<String> ids) {
        remove(key(state, type), ids);
    }

    private void remove(String key, List<String> gone) {
        if (!gone.isEmpty()) {
            SetChanges changes = new SetChanges();
            for (String id : gone) {
                changes.remove(key, id);
                changes.remove(idsKey(id), id);
            }
            write(changes);
        }
    }

    /** A submission adds to a set before it adds the type: one that comes in between is counted here, or adds it again. */
    private void removeType(String type) {
        redis.opsForSet().remove(TYPES, type);
        if (sum(count(List.of(type)).get(type).values()) > 0) {
            redis.opsForSet().add(TYPES, type);
        }
    }

    /** Compares the next entries of each set with their hashes: the more it has, the more of them. */
    private void compare(Map<String, Long> sizes) {
        long all = sum(sizes.values());
        places.keySet().retainAll(sizes.keySet());
        sizes.forEach((key, size) -> {
            long from = places.getOrDefault(key, 0L);
            long many = Math.max(COMPARED, COMPARED_IN_ALL * size / all);
            Set<TypedTuple<String>> entries = redis.opsForZSet().rangeWithScores(key, from, from + many - 1);
            places.put(key, entries.size() < many ? 0 : from + many);
            compare(key, List.copyOf(entries));
        });
    }

    private static long sum(Collection<Long> numbers) {
        return numbers.stream().mapToLong(Long::longValue).sum();
    }

    private void compare(String key, List<TypedTuple<String>> entries) {
        long now = System.currentTimeMillis();
        List<Map<String, String>> read =
                hashes.fields(entries.stream().map(TypedTuple::getValue).toList(), FIELDS);
        SetChanges changes = new SetChanges();
        List<String> gone = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            String id = entries.get(i).getValue();
            Map<String, String> hash = read.get(i);
            JobState state = Job.stateOf(hash);
            if (hash.containsKey(DiscardedJobs.FIELD)) {
                gone.add(id);
            } else if (state == JobState.NEW) {
                if (key.startsWith(IN) && entries.get(i).getScore() < now - NEVER_STORED_MILLIS) {
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
        remove(key, gone);
        if (!changes.isEmpty()) {
            write(changes);
        }
    }

    /** Another service that stores a job leaves out when it was submitted: then it keeps its place. */
    private static long submittedAt(Map<String, String> hash, double place, long now) {
        long createdAt = Job.number(hash.get("createdAt"));
        return createdAt > 0 ? createdAt : Math.min((long) place, now);
    }

    private void write(SetChanges changes) {
        pipeline.text(connection -> {
            changes.write(connection);
            changes.writeTypes(connection);
        });
    }
}
