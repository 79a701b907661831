package dev.caravan.job;

import dev.caravan.rest.PerUser;
import dev.caravan.rest.TooMany;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.ZSetOperations.TypedTuple;
import org.springframework.stereotype.Component;

/**
 * Lists jobs, newest first, in pages. What a page may cost is bounded: it ends when it is full or when some
 * {@value #FIRST_CHUNK} and {@value #SECOND_CHUNK} jobs were looked at, in five round trips, so a page of a rare state may
 * hold fewer jobs, or none, and still name a next one. A user has {@value #MOST_PER_USER} lists read at the same time on a
 * node. Thread-safe.
 */
@Component
public class JobList {
    private static final int FIRST_CHUNK = 200;
    private static final int SECOND_CHUNK = 800;
    private static final int[] CHUNKS = {FIRST_CHUNK, SECOND_CHUNK};
    private static final String HIGHEST_ID = "z".repeat(64);
    private static final int MOST_PER_USER = 4;
    private static final Duration RETRY = Duration.ofSeconds(1);

    /** All but payload and result, which may be large: those are read one job at a time. */
    private static final List<String> FIELDS = List.of(
            "type",
            "state",
            "status",
            "message",
            "attempt",
            "failures",
            "interruptions",
            "worker",
            "createdAt",
            "startedAt",
            "updatedAt",
            "finishedAt",
            "until",
            "errorType",
            "errorMessage",
            "progress",
            "progressText");

    private final StringRedisTemplate redis;
    private final JobStore store;
    private final PerUser reading = new PerUser(MOST_PER_USER);

    JobList(StringRedisTemplate redis, JobStore store) {
        this.redis = redis;
        this.store = store;
    }

    /**
     * What is asked for.
     *
     * @param state only jobs in this state, or null
     * @param type only jobs of this type, or null
     * @param limit how many, at the most
     * @param after where the page before ended, or null
     * @param user who asks, or null if nobody has logged in
     */
    record Query(JobState state, String type, int limit, Cursor after, String user) {}

    /** The place of a job in the list: the time of its submission and, among those of one time, its id. */
    record Cursor(long time, String id) {
        @Override
        public String toString() {
            return time + "-" + id;
        }

        /** @throws IllegalArgumentException if the text is no cursor */
        static Cursor parse(String text) {
            int dash = text.indexOf('-');
            if (dash < 1 || !Job.isId(text.substring(dash + 1))) {
                throw new IllegalArgumentException("not a cursor");
            }
            return new Cursor(Long.parseLong(text.substring(0, dash)), text.substring(dash + 1));
        }

        /** Whether a job at this place comes before the other one in the list: it is newer. */
        boolean isBefore(long otherTime, String otherId) {
            return time > otherTime || time == otherTime && id.compareTo(otherId) > 0;
        }
    }

    /**
     * A page.
     *
     * @param jobs the hashes
     * @param next where to go on, or null at the end
     */
    record Page(List<Map<String, String>> jobs, Cursor next) {}

    /** @throws TooMany if the user has other lists read */
    Page page(Query query) {
        if (!reading.take(query.user())) {
            String detail = MOST_PER_USER + " lists are being read for you on this node, as many as for one user.";
            throw new TooMany(detail, MOST_PER_USER, MOST_PER_USER, RETRY);
        }
        try {
            return read(query);
        } finally {
            reading.giveBack(query.user());
        }
    }

    private Page read(Query query) {
        List<Map<String, String>> jobs = new ArrayList<>();
        Cursor last = query.after();
        long rank = rankOfTime(last);
        for (int size : CHUNKS) {
            List<Cursor> chunk = chunk(rank, size);
            Cursor before = last;
            List<Cursor> further = chunk.stream()
                    .filter(place -> before == null || before.isBefore(place.time(), place.id()))
                    .toList();
            List<Map<String, String>> hashes =
                    store.fields(further.stream().map(Cursor::id).toList(), FIELDS);
            for (int i = 0; i < further.size(); i++) {
                last = further.get(i);
                Map<String, String> hash = hashes.get(i);
                if (!hash.isEmpty() && matches(query, hash)) {
                    Map<String, String> job = new LinkedHashMap<>(hash);
                    job.put("id", last.id());
                    jobs.add(job);
                    if (jobs.size() == query.limit()) {
                        return new Page(jobs, last);
                    }
                }
            }
            if (chunk.size() < size) {
                return new Page(jobs, null);
            }
            rank += size;
        }
        return new Page(jobs, last == query.after() ? below(last) : last);
    }

    /**
     * How many places are before the first one that has the time of the cursor, whose own job may have been forgotten. Places
     * up to the cursor are passed over, so it does not matter if more have come meanwhile.
     */
    private long rankOfTime(Cursor after) {
        if (after == null) {
            return 0;
        }
        Long newer =
                redis.opsForZSet().count(JobStore.INDEX, Math.nextUp((double) after.time()), Double.POSITIVE_INFINITY);
        return newer == null ? 0 : newer;
    }

    /** Where to go on if more places have the very same millisecond than are looked at: in the one before. */
    private static Cursor below(Cursor last) {
        return new Cursor(last.time() - 1, HIGHEST_ID);
    }

    private List<Cursor> chunk(long rank, int size) {
        Set<TypedTuple<String>> tuples =
                redis.opsForZSet().reverseRangeWithScores(JobStore.INDEX, rank, rank + size - 1);
        return tuples.stream()
                .map(tuple -> new Cursor(tuple.getScore().longValue(), tuple.getValue()))
                .toList();
    }

    private static boolean matches(Query query, Map<String, String> hash) {
        return (query.state() == null || query.state() == Job.stateOf(hash))
                && (query.type() == null || query.type().equals(hash.getOrDefault("type", Job.DEFAULT_TYPE)));
    }
}
