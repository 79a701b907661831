package dev.caravan.job.limit;

import dev.caravan.job.Job;
import dev.caravan.job.JobMessages;
import dev.caravan.job.JobSettings;
import dev.caravan.job.JobState;
import dev.caravan.job.JobTransition;
import dev.caravan.job.TypeLimits;
import dev.caravan.job.store.JobStore;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Queues the jobs whose turn has come, all of them in a few round trips to Redis.
 *
 * <p>A job that has got a slot goes on the queue that workers take from first, so that the slot is not kept for long. One whose type
 * has no limits any more, as after a pause, goes on the queue of its priority: a million of them must not hold up what runs again.
 *
 * <p>Thread-safe.
 */
@Component
public class ReleasedJobs {
    private static final Logger LOG = LoggerFactory.getLogger(ReleasedJobs.class);
    /** A job that is in one of these needs a message, so that its slot is not kept for nothing. */
    private static final Set<JobState> WAIT = EnumSet.of(JobState.QUEUED, JobState.SCHEDULED, JobState.RETRYING);

    private final JobStore store;
    private final JobMessages messages;
    private final PausedTypes paused;
    private final JobSettings settings;

    /** The messages for a queue. */
    public record Messages(String queue, List<String> texts) {}

    public ReleasedJobs(JobStore store, JobMessages messages, PausedTypes paused, JobSettings settings) {
        this.store = store;
        this.messages = messages;
        this.paused = paused;
        this.settings = settings;
    }

    /**
     * Stores that these jobs are QUEUED. Called by a route, which then puts the messages on their queues: so no worker may hold a job
     * again before it is stored.
     *
     * @return the messages in the order of the jobs; none for a job that was cancelled meanwhile, or whose transition was not stored:
     *     its turn comes again
     */
    public CompletableFuture<List<Messages>> queue(List<Job> jobs) {
        Map<String, List<CompletableFuture<String>>> queued = new LinkedHashMap<>();
        for (Job job : jobs) {
            JobTransition move = isAsNew(job) ? JobTransition.resumed(job) : JobTransition.released(job);
            String queue = move.isFirstMessage() ? settings.queueOf(job.priority()) : settings.againQueue();
            queued.computeIfAbsent(queue, any -> new ArrayList<>()).add(messageOf(move));
        }
        return CompletableFuture.allOf(
                        queued.values().stream().flatMap(List::stream).toArray(CompletableFuture<?>[]::new))
                .handle((all, failure) -> {
                    if (failure != null) {
                        LOG.warn(
                                "Not all of {} jobs are queued although it is their turn: {}",
                                jobs.size(),
                                failure.toString());
                    }
                    List<Messages> byQueue = new ArrayList<>();
                    queued.forEach((queue, texts) -> byQueue.add(new Messages(queue, written(texts))));
                    return byQueue;
                });
    }

    private static List<String> written(List<CompletableFuture<String>> texts) {
        return texts.stream()
                .filter(text -> !text.isCompletedExceptionally())
                .map(CompletableFuture::join)
                .filter(Objects::nonNull)
                .toList();
    }

    private boolean isAsNew(Job job) {
        return job.state() == JobState.HELD
                && job.attempt() == 0
                && paused.limits(job.type()).equals(TypeLimits.NONE);
    }

    private CompletableFuture<String> messageOf(JobTransition move) {
        return store.write(move).thenApply(result -> WAIT.contains(result.state()) ? messages.write(move.job()) : null);
    }
}
