package dev.caravan.job.recovery;

import dev.caravan.job.Job;
import dev.caravan.job.JobSettings;
import dev.caravan.job.JobState;
import dev.caravan.job.JobTransition;
import dev.caravan.job.store.JobHashes;
import dev.caravan.job.store.JobIndex;
import dev.caravan.job.store.JobStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.ToLongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.amqp.core.AmqpAdmin;
import org.springframework.amqp.core.QueueInformation;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.DefaultRedisScript;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.stereotype.Component;

/**
 * Finds accepted jobs that no worker runs, nor will unless their message is put on the queue again: a retry
 * that is due, an attempt whose worker went silent, a message that a broker lost, a failed job without its copy on the
 * dead queue. Every worker checks; the one that takes an entry hides it from the others for {@value #TAKE_SECONDS} seconds, so a
 * crash on the way only delays. The worst that a wrong guess does is a second message, which the fence of the attempt
 * turns away.
 */
@Component
public class JobRecovery {
    private static final Logger LOG = LoggerFactory.getLogger(JobRecovery.class);
    private static final int TAKE_SECONDS = 15;
    private static final int BATCH = 50;

    /** Takes the entries that are due and puts them off, in one step. One key, so a cluster can run it. */
    static final RedisScript<List<String>> TAKE = listScript(
            """
            local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
            for _, id in ipairs(due) do redis.call('ZADD', KEYS[1], ARGV[2], id) end
            return due
            """);

    private final StringRedisTemplate redis;
    private final JobStore store;
    private final JobHashes hashes;
    private final AmqpAdmin admin;
    private final JobSettings settings;
    /** When {@link #due} last got a reply, and until when it waits for leases. Touched by one timer thread. */
    private long checkedAt;

    private long waitUntil;

    public JobRecovery(
            StringRedisTemplate redis, JobStore store, JobHashes hashes, AmqpAdmin admin, JobSettings settings) {
        this.redis = redis;
        this.store = store;
        this.hashes = hashes;
        this.admin = admin;
        this.settings = settings;
    }

    /**
     * Retries that are due, attempts whose lease has ended, failed jobs without a copy.
     *
     * <p>After a time in which Redis did not respond, leases look expired that are not: their workers could not extend
     * them. So {@code due} waits for one lease after such a gap.
     */
    public List<Job> due() {
        store.runPendingCompensations();
        long now = System.currentTimeMillis();
        if (checkedAt != 0 && now - checkedAt > settings.lease().toMillis() / 2) {
            redis.hasKey(JobIndex.DUE);
            waitUntil = now + settings.lease().toMillis();
        }
        List<Job> due = now < waitUntil ? List.of() : take(JobIndex.DUE, now, JobRecovery::dueAt, now);
        checkedAt = System.currentTimeMillis();
        return due;
    }

    /** Jobs that are QUEUED for a while although the queue is empty: their message is lost. */
    public List<Job> lost() {
        QueueInformation information = admin.getQueueInfo(settings.queue());
        if (information == null || information.getMessageCount() > 0) {
            return List.of();
        }
        long before = System.currentTimeMillis() - settings.lostAfter().toMillis();
        List<Job> lost = take(
                JobIndex.QUEUED, before, hash -> Job.stateOf(hash) == JobState.QUEUED ? 0 : Long.MAX_VALUE, before);
        lost.forEach(job -> LOG.warn("Job {} is QUEUED but the queue is empty: its message is sent again", job.id()));
        return lost;
    }

    public JobTransition requeued(Job job) {
        return JobTransition.requeued(job);
    }

    /** Takes entries up to a score; returns those that are due by their hash, corrects the others. */
    private List<Job> take(String key, long upTo, ToLongFunction<Map<String, String>> when, long now) {
        long putOff = key.equals(JobIndex.DUE) ? now + TAKE_SECONDS * 1000L : System.currentTimeMillis();
        List<String> ids =
                redis.execute(TAKE, List.of(key), Long.toString(upTo), Long.toString(putOff), Integer.toString(BATCH));
        if (ids == null || ids.isEmpty()) {
            return List.of();
        }
        List<Map<String, String>> read = hashes.all(ids);
        List<Job> taken = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            String id = ids.get(i);
            Map<String, String> hash = read.get(i);
            long at = when.applyAsLong(hash);
            if (at == Long.MAX_VALUE) {
                redis.opsForZSet().remove(key, id);
            } else if (at > now) {
                redis.opsForZSet().add(key, id, at);
            } else {
                if (Job.stateOf(hash) == JobState.RUNNING) {
                    LOG.warn(
                            "Job {} goes back to the queue: its worker {} has not extended the lease of {} s",
                            id,
                            hash.get("worker"),
                            settings.lease().toSeconds());
                }
                taken.add(Job.of(id, hash, UUID.randomUUID().toString()));
            }
        }
        return taken;
    }

    /** When a job must be checked, by its hash; never, if it has ended or is on the queue. */
    private static long dueAt(Map<String, String> hash) {
        return switch (Job.stateOf(hash)) {
            case RUNNING, RETRYING -> Job.number(hash.get("until"));
            case FAILED -> hash.containsKey("buried") ? Long.MAX_VALUE : 0;
            default -> Long.MAX_VALUE;
        };
    }

    @SuppressWarnings("unchecked")
    static RedisScript<List<String>> listScript(String text) {
        return (RedisScript<List<String>>) (RedisScript<?>) new DefaultRedisScript<>(text, List.class);
    }
}
