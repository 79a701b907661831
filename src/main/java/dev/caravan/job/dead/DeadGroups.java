package dev.caravan.job.dead;

import dev.caravan.http.ServiceUnavailable;
import dev.caravan.job.Job;
import dev.caravan.job.JobError;
import dev.caravan.job.JobFingerprint;
import dev.caravan.job.JobState;
import dev.caravan.job.store.DiscardedJobs;
import dev.caravan.job.store.JobHashes;
import dev.caravan.job.store.JobIndex;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.stereotype.Component;

/**
 * The jobs that are FAILED, in groups of one {@link JobFingerprint}. Read from their hashes: a job that fails costs nothing for
 * it. Of more than {@value #MOST_READ} jobs the newest of each type are read, as many as its share is. A node reads them once at a
 * time, and spends a twentieth of its time on it at the most. Thread-safe.
 */
@Component
public class DeadGroups {
    static final int MOST_READ = 100_000;

    /** Groups that are shown, the largest. */
    static final int MOST_SHOWN = 200;

    static final int HOURS = 24;

    private static final int CHUNK = 1000;
    private static final long SHORTEST_NANOS = Duration.ofSeconds(1).toNanos();
    private static final int SHARE = 20;
    private static final long HOUR = Duration.ofHours(1).toMillis();
    private static final List<String> FIELDS = Stream.concat(
                    JobFingerprint.FIELDS.stream(), Stream.of(JobError.PLACE, "finishedAt", DiscardedJobs.FIELD))
            .toList();

    private final StringRedisTemplate redis;
    private final JobHashes hashes;
    private final JobIndex index;
    private final int most;
    private final ReentrantLock reading = new ReentrantLock();
    private volatile Groups last;
    private volatile long dueNanos;

    @Autowired
    public DeadGroups(StringRedisTemplate redis, JobHashes hashes, JobIndex index) {
        this(redis, hashes, index, MOST_READ);
    }

    DeadGroups(StringRedisTemplate redis, JobHashes hashes, JobIndex index, int most) {
        this.redis = redis;
        this.hashes = hashes;
        this.index = index;
        this.most = most;
    }

    /**
     * Jobs that failed alike.
     *
     * @param group the fingerprint
     * @param error of the latest
     * @param jobs how many
     * @param first when the first of them failed
     * @param last when the latest did
     * @param perHour how many failed in each of the last {@value #HOURS} hours, the oldest first
     * @param latest the id of the latest
     */
    public record Group(
            String group,
            String type,
            JobError error,
            long jobs,
            Instant first,
            Instant last,
            List<Integer> perHour,
            String latest) {}

    /**
     * @param jobs how many are FAILED, in all
     * @param partial whether some of them are in no group: there are too many, or too many groups
     */
    public record Groups(List<Group> groups, long jobs, boolean partial, Instant at) {}

    /**
     * The groups, the largest first; maybe those of a moment ago, since another request reads them now.
     *
     * @throws ServiceUnavailable if that is the first one on this node
     * @throws org.springframework.dao.DataAccessException if Redis does not respond
     */
    public Groups all() {
        Groups known = last;
        if (known != null && System.nanoTime() - dueNanos < 0) {
            return known;
        }
        if (!reading.tryLock()) { // no thread waits: there may be many requests, and Redis may be slow
            if (known == null) {
                throw new ServiceUnavailable("The failed jobs are being read for another request.", null);
            }
            return known;
        }
        try {
            if (last == null || System.nanoTime() - dueNanos >= 0) {
                long begun = System.nanoTime();
                last = read(System.currentTimeMillis());
                long ended = System.nanoTime();
                dueNanos = ended + Math.max(SHORTEST_NANOS, SHARE * (ended - begun));
            }
            return last;
        } finally {
            reading.unlock();
        }
    }

    private Groups read(long now) {
        Map<String, Long> types = index.typesIn(JobState.FAILED);
        long jobs = types.values().stream().mapToLong(Long::longValue).sum();
        Map<String, Counted> counted = new HashMap<>();
        types.forEach((type, size) -> {
            long share = jobs <= most ? size : Math.max(1, size * most / jobs);
            for (long from = 0; from < Math.min(size, share); from += CHUNK) {
                count(type, from, Math.min(size, share), now, counted);
            }
        });
        List<Group> groups = counted.entrySet().stream()
                .map(group -> group.getValue().toGroup(group.getKey()))
                .sorted(Comparator.comparingLong(Group::jobs)
                        .thenComparing(Group::last)
                        .reversed())
                .limit(MOST_SHOWN)
                .toList();
        return new Groups(groups, jobs, jobs > most || counted.size() > MOST_SHOWN, Instant.ofEpochMilli(now));
    }

    private void count(String type, long from, long end, long now, Map<String, Counted> counted) {
        long to = Math.min(end, from + CHUNK) - 1;
        var found = redis.opsForZSet().reverseRange(JobIndex.key(JobState.FAILED, type), from, to);
        List<String> ids = found == null ? List.of() : List.copyOf(found);
        List<Map<String, String>> read = hashes.fields(ids, FIELDS);
        for (int i = 0; i < read.size(); i++) {
            Map<String, String> hash = read.get(i);
            if (Job.stateOf(hash) == JobState.FAILED && !hash.containsKey(DiscardedJobs.FIELD)) {
                counted.computeIfAbsent(JobFingerprint.of(hash), group -> new Counted())
                        .add(ids.get(i), hash, now);
            }
        }
    }

    private static final class Counted {
        private final int[] perHour = new int[HOURS];
        private long jobs;
        private long first = Long.MAX_VALUE;
        private long last = -1;
        private String latest;
        private Map<String, String> hash;

        void add(String id, Map<String, String> job, long now) {
            long failed = Job.number(job.get("finishedAt"));
            jobs++;
            first = Math.min(first, failed);
            if (failed > last) {
                last = failed;
                latest = id;
                hash = job;
            }
            long ago = Math.max(0, now - failed) / HOUR;
            if (ago < HOURS) {
                perHour[HOURS - 1 - (int) ago]++;
            }
        }

        Group toGroup(String group) {
            List<Integer> hours = new ArrayList<>(HOURS);
            for (int count : perHour) {
                hours.add(count);
            }
            return new Group(
                    group,
                    Job.typeOf(hash.get("type")),
                    JobError.of(hash),
                    jobs,
                    Instant.ofEpochMilli(first),
                    Instant.ofEpochMilli(last),
                    hours,
                    latest);
        }
    }
}
