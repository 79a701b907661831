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
import org.springframework.stereotype.Component;

/**
 * The jobs that wait for a node with a handler for their type. Each type has a sorted set of its own, which is not read while
 * no node has the type: a million jobs of a type that is gone hold up no other job and cost next to nothing. One timer thread
 * calls this.
 */
@Component
public class ParkedJobs {
    private static final Logger LOG = LoggerFactory.getLogger(ParkedJobs.class);
    private static final String NO_HANDLER = JobTransition.noHandler("").type();
    private static final Duration HIDDEN = Duration.ofSeconds(15);
    /** After a time without Redis, no type counts as missing: the nodes that have it could not say so. */
    private static final Duration GAP = Duration.ofSeconds(10);

    private final DueEntries entries;
    private final JobIndex index;
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
        this.entries = new DueEntries(redis, hashes);
        this.index = index;
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
        int left = DueEntries.BATCH;
        for (String type : waiting) {
            if (left <= 0) {
                break;
            }
            if (alive.contains(type)) {
                missingSince.remove(type);
                List<Job> jobs = take(type, DueEntries.NEVER);
                left -= jobs.size();
                released.addAll(jobs);
            } else if (isMissingTooLong(type)) {
                left -= fail(type);
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

    private int fail(String type) {
        long timeout = settings.handlerTimeout().toMillis();
        List<Job> jobs = take(type, entries.now() - timeout);
        if (!jobs.isEmpty()) {
            JobError error = JobTransition.noHandler(
                    "No running node has had a handler for the type " + type + " for " + timeout / 1000 + " s");
            LOG.warn(
                    "{}: {} jobs that waited for one have failed, {} first",
                    error,
                    jobs.size(),
                    jobs.get(0).id());
            Duration kept = settings.retentionOfFailed(settings.retention());
            jobs.forEach(job -> store.write(JobTransition.failPermanently(job, error, kept)));
        }
        return jobs.size();
    }

    private List<Job> take(String type, long upTo) {
        List<Job> taken = new ArrayList<>();
        entries.take(JobIndex.PARKED + type, upTo, HIDDEN, ParkedJobs::parkedUntil)
                .due()
                .forEach((id, hash) ->
                        taken.add(Job.of(id, hash, UUID.randomUUID().toString())));
        return taken;
    }

    /** One that has failed since, and whose retry is not due, is elsewhere in the index. */
    private static long parkedUntil(Map<String, String> hash) {
        boolean parked = Job.stateOf(hash) == JobState.RETRYING && NO_HANDLER.equals(hash.get("errorType"));
        return parked ? Job.number(hash.get("until")) : DueEntries.NEVER;
    }
}
