package dev.caravan.job.recovery;

import dev.caravan.job.Job;
import dev.caravan.job.JobError;
import dev.caravan.job.JobSettings;
import dev.caravan.job.JobState;
import dev.caravan.job.JobTransition;
import dev.caravan.job.store.JobHashes;
import dev.caravan.job.store.JobIndex;
import dev.caravan.job.store.JobStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.DefaultRedisScript;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.stereotype.Component;

/**
 * The jobs that wait for a node with a handler for their type. Each type has a sorted set of its own, which is not read while
 * no node has the type: a million jobs of a type that is gone hold up no other job and cost next to nothing. One timer thread
 * calls this.
 */
@Component
public class ParkedJobs {
    private static final Logger LOG = LoggerFactory.getLogger(ParkedJobs.class);
    /** How many jobs are read at the most, of all types together. */
    static final int MOST = 200;

    private static final Duration TAKE = Duration.ofSeconds(15);
    /** After a time without Redis, no type counts as missing: the nodes that have it could not say so. */
    private static final Duration GAP = Duration.ofSeconds(10);

    /** Removes entries that nobody has changed since they were taken. */
    private static final RedisScript<Void> DROP = new DefaultRedisScript<>(
            """
            for i = 2, #ARGV do
              if tonumber(redis.call('ZSCORE', KEYS[1], ARGV[i])) == tonumber(ARGV[1]) then
                redis.call('ZREM', KEYS[1], ARGV[i])
              end
            end
            """,
            Void.class);

    private final StringRedisTemplate redis;
    private final JobIndex index;
    private final JobHashes hashes;
    private final JobStore store;
    private final JobHandlers handlers;
    private final JobSettings settings;
    /** Since when this node has seen no node with a type, of which jobs wait. */
    private final Map<String, Long> missingSince = new HashMap<>();

    private long calledAt = System.nanoTime();

    public ParkedJobs(
            StringRedisTemplate redis,
            JobIndex index,
            JobHashes hashes,
            JobStore store,
            JobHandlers handlers,
            JobSettings settings) {
        this.redis = redis;
        this.index = index;
        this.hashes = hashes;
        this.store = store;
        this.handlers = handlers;
        this.settings = settings;
    }

    /**
     * The jobs that can go on: of those that are due, the ones with a handler, the others wait here; and of those that wait,
     * the ones whose type some node has now. Fails those whose type no node has had for {@code caravan.jobs.handler-timeout}.
     */
    public List<Job> release(List<Job> due) {
        forgetAfterGap();
        List<String> waiting = new ArrayList<>(index.parkedTypes());
        missingSince.keySet().retainAll(waiting);
        List<Job> released = new ArrayList<>(due);
        if (waiting.isEmpty() && due.stream().noneMatch(job -> job.state() == JobState.RETRYING)) {
            return released;
        }
        Set<String> alive = handlers.alive();
        released.removeIf(job -> job.state() == JobState.RETRYING && !alive.contains(job.type()) && park(job));
        Collections.shuffle(waiting); // what is left over of one type is not always of the same one
        int left = MOST;
        for (String type : waiting) {
            if (left <= 0) {
                break;
            }
            if (alive.contains(type)) {
                missingSince.remove(type);
                List<Job> jobs = take(type, System.currentTimeMillis(), left);
                left -= jobs.size();
                released.addAll(jobs);
            } else if (isMissingTooLong(type)) {
                left -= fail(type, left);
            }
        }
        return released;
    }

    private void forgetAfterGap() {
        long now = System.nanoTime();
        if (now - calledAt > GAP.toNanos()) {
            missingSince.clear();
        }
        calledAt = now;
    }

    private boolean isMissingTooLong(String type) {
        long now = System.nanoTime();
        return now - missingSince.computeIfAbsent(type, any -> now)
                >= settings.handlerTimeout().toNanos();
    }

    private boolean park(Job job) {
        store.write(JobTransition.parked(job));
        return true;
    }

    private int fail(String type, int most) {
        long timeout = settings.handlerTimeout().toMillis();
        List<Job> jobs = take(type, System.currentTimeMillis() - timeout, most);
        if (!jobs.isEmpty()) {
            JobError error = JobTransition.noHandler(
                    "No running node has had a handler for the type " + type + " for " + timeout / 1000 + " s");
            LOG.warn(
                    "{}: {} jobs that waited for one have failed, {} first",
                    error,
                    jobs.size(),
                    jobs.get(0).id());
            jobs.forEach(job -> store.write(JobTransition.failPermanently(job, error, settings.retention())));
        }
        return jobs.size();
    }

    /** Takes jobs that have waited up to some time and hides them from other nodes for a while, so that a crash only delays. */
    private List<Job> take(String type, long upTo, int most) {
        String key = JobIndex.PARKED + type;
        long now = System.currentTimeMillis();
        String putOff = Long.toString(now + TAKE.toMillis());
        List<String> ids =
                redis.execute(JobRecovery.TAKE, List.of(key), Long.toString(upTo), putOff, Integer.toString(most));
        List<Map<String, String>> read = hashes.all(ids);
        List<Job> taken = new ArrayList<>();
        List<String> gone = new ArrayList<>(List.of(putOff));
        for (int i = 0; i < ids.size(); i++) {
            Map<String, String> hash = read.get(i);
            long until = Job.number(hash.get("until"));
            if (Job.stateOf(hash) == JobState.RETRYING && until <= now) {
                taken.add(Job.of(ids.get(i), hash, UUID.randomUUID().toString()));
            } else {
                if (Job.stateOf(hash) == JobState.RETRYING) { // it has failed since; its retry is not due
                    redis.opsForZSet().add(JobIndex.DUE, ids.get(i), until);
                }
                gone.add(ids.get(i));
            }
        }
        if (gone.size() > 1) {
            redis.execute(DROP, List.of(key), gone.toArray());
        }
        return taken;
    }
}
