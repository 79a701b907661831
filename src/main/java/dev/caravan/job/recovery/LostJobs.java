package dev.caravan.job.recovery;

import dev.caravan.job.Job;
import dev.caravan.job.JobPriority;
import dev.caravan.job.JobSettings;
import dev.caravan.job.JobState;
import dev.caravan.job.TransitionResult;
import dev.caravan.job.store.JobHashes;
import dev.caravan.job.store.JobIndex;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
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

/**
 * Finds jobs that are QUEUED although their message is on no queue: a broker has lost it. What came on the queue well after
 * the job has left it, by {@link QueueProgress}, also while many others wait.
 *
 * <p>A wrong guess costs a second message, which the fence of the attempt turns away, unless another service runs the one and
 * a worker the other. While other services consume the worker queue, a message may be in their hands for as long as the
 * broker lets a consumer take, so a job counts as lost only after {@code caravan.jobs.lost-after-foreign}. Each worker
 * has as many consumers on the worker queue as on the one for jobs that run again, and other services have none there, so the
 * numbers tell; when in doubt there are others.
 *
 * <p>Each priority has a queue, and so an order, of its own. While jobs of a higher priority wait, a worker may hold a message
 * for long until it is its turn: nothing of the queues after that one counts as lost then, nor for {@value #SURE} periods more.
 *
 * <p>Thread-safe; one timer calls it.
 */
@Component
public class LostJobs implements Consumer<TransitionResult> {
    private static final Logger LOG = LoggerFactory.getLogger(LostJobs.class);
    /** The period of {@code jobs-lost}. */
    private static final long PERIOD_NANOS = Duration.ofSeconds(5).toNanos();
    /** So many times in a row there are other consumers: a worker that starts or stops looks like one for a moment. */
    private static final int SURE = 3;

    private final DueEntries entries;
    private final AmqpAdmin admin;
    private final JobSettings settings;
    private final Map<JobPriority, QueueProgress> queues = new EnumMap<>(JobPriority.class);
    private final QueueProgress againQueue;
    /** What was found last and has made no transition since. */
    private final Set<String> open = ConcurrentHashMap.newKeySet();

    /** How often in a row a queue had messages and no consumer. */
    private final Map<String, Integer> notTaken = new HashMap<>();
    /** For how many more periods nothing of a priority counts as lost. */
    private final Map<JobPriority, Integer> patience = new EnumMap<>(JobPriority.class);

    private boolean moreAreLost;
    private long begunNanos;
    private boolean hasOthers;
    /** How often in a row others were seen, and when they were seen for sure; null if never. */
    private int othersSeen;

    private Long othersNanos;

    public LostJobs(StringRedisTemplate redis, JobHashes hashes, AmqpAdmin admin, JobSettings settings) {
        this.entries = new DueEntries(redis, hashes);
        this.admin = admin;
        this.settings = settings;
        for (JobPriority priority : JobPriority.values()) {
            queues.put(priority, new QueueProgress(settings.lostAfter(), settings.lostAfterForeign()));
        }
        this.againQueue = new QueueProgress(settings.lostAfter(), settings.lostAfterForeign());
    }

    public synchronized List<Job> find() {
        begunNanos = System.nanoTime();
        long now = entries.now();
        QueueInformation again = admin.getQueueInfo(settings.againQueue());
        againQueue.look(now, begunNanos, again);
        warnIfNobodyTakes(settings.againQueue(), again);
        boolean overtaken = false;
        for (JobPriority priority : JobPriority.values()) {
            String name = settings.queueOf(priority);
            QueueInformation queue = admin.getQueueInfo(name);
            queues.get(priority).look(now, begunNanos, queue);
            patience.put(priority, overtaken ? SURE : Math.max(0, patience.getOrDefault(priority, 0) - 1));
            overtaken |= queue != null && queue.getMessageCount() > 0;
            if (priority == JobPriority.NORMAL) {
                hasOthers = hasOthers(consumers(queue) > consumers(again));
            } else {
                warnIfNobodyTakes(name, queue);
            }
        }
        return next();
    }

    /** The next of them, unless there are none, some of the last are not where they belong, or it is time for the next check. */
    public synchronized List<Job> more() {
        boolean inTime = System.nanoTime() - begunNanos < PERIOD_NANOS;
        return moreAreLost && open.isEmpty() && inTime ? next() : List.of();
    }

    /** Gets each transition that this node made or tried. The first attempt of a job took its message from the queue of its priority. */
    @Override
    public void accept(TransitionResult result) {
        Job job = result.job();
        open.remove(job.id());
        // Not one that is adopted: when its message came is not known.
        if (result.changed()
                && job.state() == JobState.RUNNING
                && job.attempt() == 1
                && !result.elapsed().isZero()) {
            queues.get(job.priority()).claimed(job.createdAt());
        }
    }

    /** A route file that was edited before there was this queue. */
    private void warnIfNobodyTakes(String queue, QueueInformation information) {
        boolean nobody =
                information != null && information.getMessageCount() > 0 && information.getConsumerCount() == 0;
        int times = nobody ? notTaken.getOrDefault(queue, 0) + 1 : 0;
        notTaken.put(queue, times);
        if (times == SURE) {
            LOG.warn("Queue {} has jobs, but no consumer: the route jobs-process of workers must consume it", queue);
        }
    }

    private static int consumers(QueueInformation information) {
        return information == null ? 0 : information.getConsumerCount();
    }

    /** Whether other services consume the worker queue, or did so lately: one that restarts gets its messages again. */
    private boolean hasOthers(boolean seen) {
        othersSeen = seen ? othersSeen + 1 : 0;
        if (othersSeen >= SURE) {
            othersNanos = begunNanos;
        }
        return seen
                || othersNanos != null
                        && begunNanos - othersNanos
                                < settings.lostAfterForeign().toNanos();
    }

    private List<Job> next() {
        open.clear();
        moreAreLost = false;
        List<Job> lost = new ArrayList<>();
        queues.forEach((priority, queue) -> {
            boolean foreign = priority == JobPriority.NORMAL && hasOthers;
            if (patience.get(priority) == 0) {
                take(JobIndex.queued(priority), foreign ? queue.passedLongAgo(begunNanos) : queue.passed(), lost);
            }
        });
        take(JobIndex.AGAIN, againQueue.passed(), lost);
        lost.forEach(job -> {
            open.add(job.id());
            LOG.warn("Job {} is QUEUED, but later ones have left the queue: its message is sent again", job.id());
        });
        return lost;
    }

    private void take(String key, long upTo, List<Job> lost) {
        if (upTo > 0) {
            DueEntries.Taken taken = entries.take(key, upTo, Duration.ZERO, LostJobs::queuedAt);
            moreAreLost |= taken.more();
            taken.due()
                    .forEach((id, hash) ->
                            lost.add(Job.of(id, hash, UUID.randomUUID().toString())));
        }
    }

    private static long queuedAt(Map<String, String> hash) {
        return Job.stateOf(hash) == JobState.QUEUED ? Job.number(hash.get("updatedAt")) : DueEntries.NEVER;
    }
}
