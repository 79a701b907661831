package dev.caravan.job.http;

import dev.caravan.component.DaemonThreads;
import dev.caravan.job.updates.JobUpdates;
import dev.caravan.job.updates.JobUpdates.Detail;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;

/**
 * Waits for jobs to end ({@code ?wait=}) without holding a thread. At most {@value #MAX_WAITING} requests wait; further
 * ones do not wait at all. Thread-safe.
 */
@Component
public class JobWaits implements DisposableBean {
    private static final int MAX_WAITING = 10_000;

    private final JobUpdates updates;
    private final AtomicInteger count = new AtomicInteger();
    private final ThreadPoolExecutor responding = new ThreadPoolExecutor(
            4, 4, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), new DaemonThreads("caravan-job-waits"));

    JobWaits(JobUpdates updates) {
        this.updates = updates;
        responding.allowCoreThreadTimeOut(true);
    }

    /** Completes when the job has ended or the time is over, whichever is first. Never fails. */
    public CompletableFuture<Void> await(String id, Duration time) {
        CompletableFuture<Void> ended = new CompletableFuture<>();
        if (time.isZero()) {
            ended.complete(null);
            return ended;
        }
        Runnable close = () -> {};
        if (count.incrementAndGet() > MAX_WAITING) {
            ended.complete(null);
        } else {
            close = updates.watch(id, Detail.STATE, history -> {
                if (!history.isEmpty() && history.last().state().terminal()) {
                    ended.complete(null);
                }
            })::close;
            ended.completeOnTimeout(null, time.toMillis(), TimeUnit.MILLISECONDS);
        }
        Runnable leave = close;
        // A response follows and may block: not on the JDK's timer thread, nor on one that writes transitions.
        return ended.whenCompleteAsync(
                (nothing, failure) -> {
                    count.decrementAndGet();
                    leave.run();
                },
                responding);
    }

    @Override
    public void destroy() {
        responding.shutdownNow();
    }
}
