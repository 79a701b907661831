package dev.caravan.job.store;

import static dev.caravan.job.store.RedisPipeline.bytes;

import dev.caravan.http.LimitExceeded;
import dev.caravan.http.PerUserLimit;
import dev.caravan.job.Job;
import dev.caravan.job.JobError;
import dev.caravan.job.JobFilter;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import org.springframework.data.domain.Range;
import org.springframework.data.domain.Range.Bound;
import org.springframework.data.redis.connection.Limit;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.ZSetOperations.TypedTuple;
import org.springframework.stereotype.Component;

/**
 * Lists jobs, newest first, in pages. A page merges the sets of {@link JobIndex} that can have such jobs. It reads as many
 * entries of each as the page has jobs, so it costs the same however many jobs there are, and skips those that do not match.
 * After {@value #ROUNDS} rounds of two round trips, at most {@value #MOST_READ} jobs, a page ends although it is not full, and
 * names the next one. A node reads at most {@value #MOST_PER_USER} lists at the same time for one user. Thread-safe.
 */
@Component
public class JobList {
    private static final int ROUNDS = 5;
    /** How many entries of a set are read from the second round on: few may match, and many may have one time. */
    private static final int FURTHER = 800;

    /** How many jobs are read for one page at the most; its first round reads one more than the page may have. */
    static final int MOST_READ = 3401;

    private static final String HIGHEST_ID = "z".repeat(64);
    /** Comes after all characters of ids. */
    private static final String AFTER_IDS = "{";

    private static final int COUNTED = 5;
    private static final int COUNTED_AT_ONCE = 1000;

    private static final int MOST_PER_USER = 4;
    private static final Duration RETRY = Duration.ofSeconds(1);

    /** All of a hash but payload and result, which may be large: those are read one job at a time. */
    public static final List<String> FIELDS = List.of(
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
            JobError.STEP,
            "progress",
            "progressText",
            "expiresAt",
            "timeout",
            "cancelledBy",
            "priority",
            "tags",
            "batch",
            DiscardedJobs.FIELD);

    private final StringRedisTemplate redis;
    private final RedisPipeline pipeline;
    private final JobHashes hashes;
    private final JobIndex index;
    private final PerUserLimit reading = new PerUserLimit(MOST_PER_USER);

    public JobList(StringRedisTemplate redis, JobHashes hashes, JobIndex index) {
        this.redis = redis;
        this.pipeline = new RedisPipeline(redis);
        this.hashes = hashes;
        this.index = index;
    }

    /**
     * A query.
     *
     * @param limit how many, at the most
     * @param after where the page before ended, or null
     * @param user of the request, or null if nobody has logged in
     */
    public record Query(JobFilter filter, int limit, Cursor after, String user) {}

    /**
     * The place of a job in the list: the time of its submission and, among those of one time, its id. In a list by the beginning
     * of an id it is the id alone.
     */
    public record Cursor(long time, String id) {
        private static final Comparator<Cursor> ORDER =
                Comparator.comparingLong(Cursor::time).thenComparing(Cursor::id).reversed();

        @Override
        public String toString() {
            return time + "-" + id;
        }

        /** @throws IllegalArgumentException if the text is no cursor */
        public static Cursor parse(String text) {
            int dash = text.indexOf('-');
            if (dash < 1 || !Job.isId(text.substring(dash + 1))) {
                throw new IllegalArgumentException("not a cursor");
            }
            return new Cursor(Long.parseLong(text.substring(0, dash)), text.substring(dash + 1));
        }

        /** Whether a job at this place comes before the other one in the list: it is newer. */
        public boolean isBefore(long otherTime, String otherId) {
            return time > otherTime || time == otherTime && id.compareTo(otherId) > 0;
        }
    }

    /**
     * A page.
     *
     * @param jobs the hashes
     * @param next where to go on, or null at the end
     * @param partial whether the page ends here since as many jobs were read as one request may
     */
    public record Page(List<Map<String, String>> jobs, Cursor next, boolean partial) {
        public Page(List<Map<String, String>> jobs, Cursor next) {
            this(jobs, next, false);
        }
    }

    /** @throws LimitExceeded if too many lists are being read for the user */
    public Page page(Query query) {
        if (!reading.take(query.user())) {
            String detail = MOST_PER_USER + " lists are being read for you on this node, the limit for one user.";
            throw new LimitExceeded(detail, MOST_PER_USER, MOST_PER_USER, RETRY);
        }
        try {
            return read(query);
        } finally {
            reading.giveBack(query.user());
        }
    }

    /** The same, for a query of the node's own. */
    public Page read(Query query) {
        JobFilter filter = query.filter();
        if (filter.id() != null) {
            return startingWith(filter, query.limit(), query.after());
        }
        List<Source> sources = index.keys(filter).stream().map(Source::new).toList();
        List<Map<String, String>> jobs = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        Cursor last = query.after();
        for (int round = 0; round < ROUNDS; round++) {
            int many = round == 0 ? query.limit() + 1 : FURTHER;
            fill(sources, range(filter, query.after()), last, many);
            List<Cursor> places = merged(sources, many);
            List<Map<String, String>> read =
                    hashes.fields(places.stream().map(Cursor::id).toList(), FIELDS);
            for (int i = 0; i < places.size(); i++) {
                last = places.get(i);
                Map<String, String> hash = read.get(i);
                if (seen.add(last.id()) && isThere(hash) && filter.matches(last.id(), hash)) {
                    jobs.add(job(last.id(), hash));
                    if (jobs.size() == query.limit()) {
                        boolean more =
                                i < places.size() - 1 || !sources.stream().allMatch(Source::isAtItsEnd);
                        return new Page(jobs, more ? last : null);
                    }
                }
            }
            if (sources.stream().allMatch(Source::isAtItsEnd)) {
                return new Page(jobs, null);
            }
        }
        return new Page(jobs, last == query.after() ? below(last) : last, true);
    }

    /**
     * How many jobs match a filter.
     *
     * @param atLeast whether there may be more: as many were read as one request may
     */
    public record Count(long jobs, boolean atLeast) {}

    /** The sets are counted; with an error, a group, a batch, a tag or the beginning of an id, jobs are read for it, {@value #COUNTED} pages at the most. */
    public Count count(JobFilter filter) {
        if (filter.error() == null
                && filter.id() == null
                && filter.tag() == null
                && filter.batch() == null
                && filter.group() == null) {
            Range<Number> range = range(filter, null);
            List<String> keys = index.keys(filter);
            List<Object> sizes = pipeline.text(
                    connection -> keys.forEach(key -> connection.zSetCommands().zCount(bytes(key), range)));
            return new Count(sizes.stream().mapToLong(size -> (Long) size).sum(), false);
        }
        long jobs = 0;
        Cursor after = null;
        for (int i = 0; i < COUNTED; i++) {
            Page page = read(new Query(filter, COUNTED_AT_ONCE, after, null));
            jobs += page.jobs().size();
            after = page.next();
            if (after == null) {
                return new Count(jobs, false);
            }
        }
        return new Count(jobs, true);
    }

    /**
     * One set of the index, read bit by bit: from the time of the last place on, whose other places it reads again. A number of
     * places to skip would skip others if some were removed meanwhile.
     */
    private static final class Source {
        private final String key;
        private final Deque<Cursor> places = new ArrayDeque<>();
        private Cursor end;
        private int ofOneTime;
        private boolean isRead;

        Source(String key) {
            this.key = key;
        }

        boolean isAtItsEnd() {
            return isRead && places.isEmpty();
        }

        boolean isWanting() {
            return !isRead && places.isEmpty();
        }

        private Range<Number> next(Range<Number> range) {
            return end == null ? range : Range.of(range.getLowerBound(), Bound.inclusive((Number) end.time()));
        }

        private void add(Cursor place, Cursor last) {
            if (end != null && !end.isBefore(place.time(), place.id())) {
                return;
            }
            ofOneTime = end != null && end.time() == place.time() ? ofOneTime + 1 : 1;
            end = place;
            if (last == null || last.isBefore(place.time(), place.id())) {
                places.add(place);
            }
        }
    }

    /** The times of submission that a list has from this cursor on. */
    private static Range<Number> range(JobFilter filter, Cursor after) {
        Bound<Number> from = filter.from() == null
                ? Bound.unbounded()
                : Bound.inclusive((Number) filter.from().toEpochMilli());
        Bound<Number> to = filter.to() == null
                ? Bound.unbounded()
                : Bound.exclusive((Number) filter.to().toEpochMilli());
        boolean later = after != null
                && (filter.to() == null || after.time() < filter.to().toEpochMilli());
        return Range.of(from, later ? Bound.inclusive((Number) after.time()) : to);
    }

    /** Reads on, in one round trip, where all places that were read are used up. */
    private void fill(List<Source> sources, Range<Number> range, Cursor last, int many) {
        List<Source> wanting = sources.stream().filter(Source::isWanting).toList();
        List<Object> replies = pipeline.text(connection -> wanting.forEach(source -> connection
                .zSetCommands()
                .zRevRangeByScoreWithScores(
                        bytes(source.key), source.next(range), Limit.limit().count(many + source.ofOneTime))));
        for (int i = 0; i < wanting.size(); i++) {
            Source source = wanting.get(i);
            Collection<?> tuples = (Collection<?>) replies.get(i);
            source.isRead = tuples.size() < many + source.ofOneTime;
            for (Object each : tuples) {
                TypedTuple<?> tuple = (TypedTuple<?>) each;
                source.add(new Cursor(tuple.getScore().longValue(), (String) tuple.getValue()), last);
            }
        }
    }

    /** The next places of all sources, in their order; up to where one source must be read on. */
    private static List<Cursor> merged(List<Source> sources, int many) {
        List<Cursor> merged = new ArrayList<>();
        PriorityQueue<Source> next =
                new PriorityQueue<>(Comparator.comparing((Source source) -> source.places.peek(), Cursor.ORDER));
        for (Source source : sources) {
            if (source.isWanting()) {
                return merged;
            }
            if (!source.places.isEmpty()) {
                next.add(source);
            }
        }
        while (merged.size() < many && !next.isEmpty()) {
            Source source = next.poll();
            merged.add(source.places.poll());
            if (source.isWanting()) {
                return merged;
            }
            if (!source.places.isEmpty()) {
                next.add(source);
            }
        }
        return merged;
    }

    /** In the order of the ids. */
    private Page startingWith(JobFilter filter, int limit, Cursor after) {
        List<Map<String, String>> jobs = new ArrayList<>();
        Bound<String> from = after == null ? Bound.inclusive(filter.id()) : Bound.exclusive(after.id());
        Bound<String> end = Bound.exclusive(filter.id() + AFTER_IDS);
        for (int round = 0; round < ROUNDS; round++) {
            int many = round == 0 ? limit + 1 : FURTHER;
            Set<String> found = redis.opsForZSet()
                    .rangeByLex(
                            JobIndex.idsKey(filter.id()),
                            Range.of(from, end),
                            Limit.limit().count(many));
            List<String> ids = List.copyOf(found);
            List<Map<String, String>> read = hashes.fields(ids, FIELDS);
            for (int i = 0; i < ids.size(); i++) {
                Map<String, String> hash = read.get(i);
                if (isThere(hash)
                        && filter.matches(ids.get(i), hash)
                        && filter.matches(Job.number(hash.get("createdAt")))) {
                    jobs.add(job(ids.get(i), hash));
                    if (jobs.size() == limit) {
                        boolean more = i < ids.size() - 1 || ids.size() == many;
                        return new Page(jobs, more ? new Cursor(0, ids.get(i)) : null);
                    }
                }
            }
            if (ids.size() < many) {
                return new Page(jobs, null);
            }
            from = Bound.exclusive(ids.get(ids.size() - 1));
        }
        return new Page(jobs, new Cursor(0, from.getValue().orElseThrow()), true);
    }

    private static boolean isThere(Map<String, String> hash) {
        return !hash.isEmpty() && !hash.containsKey(DiscardedJobs.FIELD);
    }

    private static Map<String, String> job(String id, Map<String, String> hash) {
        Map<String, String> job = new LinkedHashMap<>(hash);
        job.put("id", id);
        return job;
    }

    /** Where to go on if more places have the very same millisecond than are looked at: in the one before. */
    private static Cursor below(Cursor last) {
        return new Cursor(last.time() - 1, HIGHEST_ID);
    }
}
