package dev.caravan.job.store;

import dev.caravan.component.batch.WorkerPool;
import dev.caravan.http.LimitExceeded;
import dev.caravan.http.ServiceUnavailable;
import dev.caravan.job.IdempotencyKeyReused;
import dev.caravan.job.Job;
import dev.caravan.job.JobSettings;
import dev.caravan.job.JobState;
import dev.caravan.job.JobTransition;
import dev.caravan.job.TransitionResult;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.stereotype.Component;

/**
 * Stores transitions of jobs, and says for how long it tries: a submission gives up early, a worker retries, a withdrawal
 * is repeated later. {@link TransitionWriter} writes them. Thread-safe.
 */
@Component
public class JobStore implements SmartInitializingSingleton, DisposableBean {
    private static final Logger LOG = LoggerFactory.getLogger(JobStore.class);
    /** A submission waits no longer than this for Redis; see {@code docs/reference/jobs.md}. */
    static final Duration SUBMIT_TIMEOUT = Duration.ofMillis(2500);

    /** A client that gets to know too early is told that a job was rejected which a worker has. */
    private static final Duration WITHDRAW_TIMEOUT = Duration.ofMillis(2500);

    private static final String NOT_ACCEPTED =
            "The job was not accepted: the job store has yet to take the withdrawals of jobs that were rejected.";

    private final Executor executor;
    private final TransitionWriter writer;
    private final Retained retained;
    private final Duration retention;
    private final WorkerPool handlers = new WorkerPool("caravan-handlers");
    private final PendingWithdrawals pending;

    /** @param executor writes batches, and runs what follows a transition, except for handlers */
    @Autowired
    public JobStore(
            StringRedisTemplate redis,
            List<Consumer<TransitionResult>> listeners,
            JobSettings settings,
            @Qualifier("batchExecutor") Executor executor) {
        this(redis, listeners, settings, executor, PendingWithdrawals.MAX_BYTES);
    }

    JobStore(
            StringRedisTemplate redis,
            List<Consumer<TransitionResult>> listeners,
            JobSettings settings,
            Executor executor,
            long maxPending) {
        this.executor = executor;
        this.pending = new PendingWithdrawals(maxPending);
        this.retained = new Retained(redis);
        this.retention = settings.retention();
        this.writer = new TransitionWriter(redis, listeners, settings, executor, retained);
    }

    /** Connects, so that the first job does not wait for it. Redis may be down. */
    @Override
    public void afterSingletonsInstantiated() {
        writer.connect();
    }

    /** From now on {@link EndedJobs} has the jobs of these types that come to these ends. At first it gets none. */
    public void noteEnds(BiPredicate<String, JobState> wanted) {
        writer.noteEnds(wanted);
    }

    /**
     * Stores a transition.
     *
     * @return its result; fails with a {@link DataAccessException} if Redis did not respond, in which case the transition
     *     may or may not be stored: repeat it with the same token, or withdraw it; fails with {@link LimitExceeded} if the
     *     user who submits the job has reached a limit, or with {@link ServiceUnavailable} if too many submissions wait to be
     *     withdrawn; then nothing is stored
     */
    public CompletableFuture<TransitionResult> write(JobTransition transition) {
        if (transition.isSubmission() && pending.isFull()) {
            return writer.reject(transition, new ServiceUnavailable(NOT_ACCEPTED, null));
        }
        CompletableFuture<TransitionResult> written = writer.write(transition);
        if (transition.isSubmission()) {
            return written.orTimeout(SUBMIT_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                    // Not on the JDK's timer thread: a continuation would delay all timeouts.
                    .exceptionallyComposeAsync(JobStore::submissionTimedOut, executor)
                    .thenApply(result -> IdempotencyKeyReused.unlessSame(transition, result));
        }
        if (transition.starts() || transition.isOfAttempt() || transition.isParked() || transition.isHeld()) {
            return written.thenCompose(result -> result.state() == JobState.NEW && !outlived(transition)
                    ? writer.write(transition.adopting())
                    : written);
        }
        return written;
    }

    /**
     * Whether the job of a message that is claimed had ended, and its hash has expired since. Else Redis has lost the hash,
     * or the message is of another service.
     */
    private boolean outlived(JobTransition transition) {
        Job job = transition.job();
        boolean outlived = !transition.isOfAttempt()
                && job.createdAt() > 0
                && job.createdAt() < System.currentTimeMillis() - retention.toMillis()
                && retained.since(job.createdAt());
        if (outlived) {
            LOG.info("Job {} is not run again: its message is older than the record of how it ended", job.id());
        }
        return outlived;
    }

    static <T> CompletableFuture<T> submissionTimedOut(Throwable failure) {
        return CompletableFuture.failedFuture(
                failure instanceof TimeoutException
                        ? new QueryTimeoutException("Redis did not respond within " + SUBMIT_TIMEOUT, failure)
                        : failure);
    }

    /**
     * Stores a transition, and retries while Redis does not respond. For a worker, which holds a result or a message that nobody
     * else can process now.
     *
     * @return its result; fails as {@link RedisRetries} says, long before a broker takes the message away
     */
    public CompletableFuture<TransitionResult> retryUntilStored(JobTransition transition) {
        CompletableFuture<TransitionResult> stored = RedisRetries.untilItResponds(() -> write(transition), executor);
        // The handler follows and may block: not on the thread that continues the other jobs of the batch.
        return transition.starts() ? stored.whenCompleteAsync((result, failure) -> {}, handlers) : stored;
    }

    /**
     * Withdraws a submission that failed. Never fails: if Redis does not respond in time,
     * {@link #withdrawPending} repeats it.
     *
     * @return its result; null if that is not known yet
     */
    public CompletableFuture<TransitionResult> withdraw(JobTransition transition) {
        return writer.write(transition)
                .orTimeout(WITHDRAW_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                // As in write: not on the JDK's timer thread.
                .handleAsync(
                        (result, failure) -> {
                            if (failure != null) {
                                pending.add(transition, failure);
                            }
                            return result;
                        },
                        executor);
    }

    /** Repeats the withdrawals that failed so far. Called by a timer. */
    public void withdrawPending() {
        pending.repeat(writer::write);
    }

    @Override
    public void destroy() {
        withdrawPending(); // the last chance
        writer.close();
        handlers.close();
    }
}
