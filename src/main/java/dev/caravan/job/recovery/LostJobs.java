package dev.caravan.job.recovery;

import dev.caravan.job.Job;
import dev.caravan.job.JobSettings;
import dev.caravan.job.JobState;
import dev.caravan.job.TransitionResult;
import dev.caravan.job.store.JobHashes;
import dev.caravan.job.store.JobIndex;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.amqp.core.AmqpAdmin;
import org.springframework.amqp.core.QueueInformation;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.stereotype.Component;

/** Finds jobs that are QUEUED for a while although their queue is empty: a broker has lost their message. */
@Component
public class LostJobs implements Consumer<TransitionResult> {
    private static final Logger LOG = LoggerFactory.getLogger(LostJobs.class);
    private static final long PERIOD_NANOS = Duration.ofSeconds(5).toNanos();

    private final DueEntries entries;
    private final AmqpAdmin admin;
    private final JobSettings settings;
    /** What was found last and has made no transition since. */
    private final Set<String> open = ConcurrentHashMap.newKeySet();

    /** The sets whose queue is empty. */
    private final List<String> empty = new ArrayList<>();

    private boolean moreAreLost;
    private long begunNanos;

    public LostJobs(StringRedisTemplate redis, JobHashes hashes, AmqpAdmin admin, JobSettings settings) {
        this.entries = new DueEntries(redis, hashes);
        this.admin = admin;
        this.settings = settings;
    }

    public synchronized List<Job> find() {
        begunNanos = System.nanoTime();
        empty.clear();
        Map.of(JobIndex.QUEUED, settings.queue(), JobIndex.AGAIN, settings.againQueue())
                .forEach((key, queue) -> {
                    QueueInformation information = admin.getQueueInfo(queue);
                    if (information != null && information.getMessageCount() == 0) {
                        empty.add(key);
                    }
                });
        return next();
    }

    public synchronized List<Job> more() {
        boolean inTime = System.nanoTime() - begunNanos < PERIOD_NANOS;
        return moreAreLost && open.isEmpty() && inTime ? next() : List.of();
    }

    @Override
    public void accept(TransitionResult result) {
        open.remove(result.job().id());
    }

    private List<Job> next() {
        open.clear();
        long before = System.currentTimeMillis() - settings.lostAfter().toMillis();
        List<Job> lost = new ArrayList<>();
        moreAreLost = false;
        for (String key : empty) {
            DueEntries.Taken taken = entries.take(key, before, Duration.ZERO, LostJobs::queuedAt);
            moreAreLost |= taken.more();
            taken.due()
                    .forEach((id, hash) ->
                            lost.add(Job.of(id, hash, UUID.randomUUID().toString())));
        }
        lost.forEach(job -> {
            open.add(job.id());
            LOG.warn("Job {} is QUEUED but the queue is empty: its message is sent again", job.id());
        });
        return lost;
    }

    private static long queuedAt(Map<String, String> hash) {
        return Job.stateOf(hash) == JobState.QUEUED ? Job.number(hash.get("updatedAt")) : DueEntries.NEVER;
    }
}
