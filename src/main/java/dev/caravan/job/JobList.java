package dev.caravan.job;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.ZSetOperations.TypedTuple;
import org.springframework.stereotype.Component;

/**
 * Lists jobs, newest first, in pages. A page costs a bounded number of looks: it ends when it is full or when
 * {@value #MAX_LOOKS} jobs were looked at, so a page of a rare state may hold fewer jobs, and still name a next one.
 * Thread-safe.
 */
@Component
public class JobList {
    private static final int CHUNK = 200;
    private static final int MAX_LOOKS = 5000;

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
     */
    record Query(JobState state, String type, int limit, Cursor after) {}

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

    Page page(Query query) {
        List<Map<String, String>> jobs = new ArrayList<>();
        Cursor last = query.after();
        for (int looks = 0; looks < MAX_LOOKS; ) {
            List<Cursor> chunk = chunk(last);
            List<Map<String, String>> hashes =
                    store.fields(chunk.stream().map(Cursor::id).toList(), FIELDS);
            for (int i = 0; i < chunk.size(); i++) {
                last = chunk.get(i);
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
            if (chunk.isEmpty()) {
                return new Page(jobs, null);
            }
            looks += chunk.size();
        }
        return new Page(jobs, last);
    }

    /** The next places after one; those of the very same time may be more than a chunk, so it grows until it moves. */
    private List<Cursor> chunk(Cursor after) {
        double max = after == null ? Double.POSITIVE_INFINITY : after.time();
        for (int size = CHUNK; ; size *= 2) {
            Set<TypedTuple<String>> tuples = redis.opsForZSet()
                    .reverseRangeByScoreWithScores(JobStore.INDEX, Double.NEGATIVE_INFINITY, max, 0, size);
            List<Cursor> chunk = new ArrayList<>();
            for (TypedTuple<String> tuple : tuples) {
                long time = tuple.getScore().longValue();
                if (after == null || after.isBefore(time, tuple.getValue())) {
                    chunk.add(new Cursor(time, tuple.getValue()));
                }
            }
            if (!chunk.isEmpty() || tuples.size() < size) {
                return chunk;
            }
        }
    }

    private static boolean matches(Query query, Map<String, String> hash) {
        return (query.state() == null || query.state() == Job.stateOf(hash))
                && (query.type() == null || query.type().equals(hash.getOrDefault("type", Job.DEFAULT_TYPE)));
    }
}
