package dev.caravan.job.http;

import dev.caravan.job.JobState;
import dev.caravan.job.TransitionResult;
import dev.caravan.job.store.JobStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/**
 * Waits for jobs to end ({@code ?wait=}). Jobs that end on this node are known at once; for the others Redis is asked
 * every {@value #PERIOD_MILLIS} ms, once for all who wait, and not at all if nobody does. No thread is held. At most
 * {@value #MAX_WAITING} may wait; who comes then is answered at once. Thread-safe.
 */
@Component
public class JobWaits implements Consumer<TransitionResult>, DisposableBean {
    private static final Logger LOG = LoggerFactory.getLogger(JobWaits.class);
    private static final int PERIOD_MILLIS = 50;
    private static final int MAX_WAITING = 10_000;

    private final ObjectProvider<JobStore> store;
    private final Map<String, Set<CompletableFuture<Void>>> waiting = new ConcurrentHashMap<>();
    private final AtomicInteger count = new AtomicInteger();
    /** Whether the next look is to come. */
    private final AtomicBoolean looking = new AtomicBoolean();

    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(task -> daemon(task, "caravan-waits"));

    private final ThreadPoolExecutor answering = new ThreadPoolExecutor(
            4, 4, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> daemon(task, "caravan-answers"));

    /** The store tells of moves and is asked for hashes: it is looked up late, since it is made of its listeners. */
    JobWaits(ObjectProvider<JobStore> store) {
        this.store = store;
        answering.allowCoreThreadTimeOut(true);
    }

    /** Completes when the job has ended, or the time is over, whichever is first. Never fails. */
    public CompletableFuture<Void> await(String id, Duration time) {
        CompletableFuture<Void> ended = new CompletableFuture<>();
        if (time.isZero() || count.incrementAndGet() > MAX_WAITING) {
            ended.complete(null);
        } else {
            // In one step: the last one to leave takes the set away.
            waiting.compute(id, (key, all) -> {
                Set<CompletableFuture<Void>> set = all == null ? ConcurrentHashMap.newKeySet() : all;
                set.add(ended);
                return set;
            });
            ended.completeOnTimeout(null, time.toMillis(), TimeUnit.MILLISECONDS);
            lookSoon();
        }
        // What follows may block: not on the clock of all timeouts, nor on the thread that made the last move.
        return time.isZero() ? ended : ended.whenCompleteAsync((nothing, failure) -> forget(id, ended), answering);
    }

    private void forget(String id, CompletableFuture<Void> ended) {
        count.decrementAndGet();
        waiting.computeIfPresent(id, (key, all) -> {
            all.remove(ended);
            return all.isEmpty() ? null : all;
        });
    }

    @Override
    public void accept(TransitionResult moved) {
        if (moved.state().terminal()) {
            ended(moved.job().id());
        }
    }

    private void ended(String id) {
        Set<CompletableFuture<Void>> all = waiting.get(id);
        if (all != null) {
            all.forEach(ended -> ended.complete(null));
        }
    }

    private void lookSoon() {
        if (!waiting.isEmpty() && looking.compareAndSet(false, true)) {
            try {
                timer.schedule(this::look, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                LOG.debug("The node stops", e);
            }
        }
    }

    private void look() {
        try {
            List<String> ids = List.copyOf(waiting.keySet());
            if (ids.isEmpty()) {
                return;
            }
            List<JobState> states = store.getObject().states(ids);
            for (int i = 0; i < ids.size(); i++) {
                if (states.get(i).terminal()) {
                    ended(ids.get(i));
                }
            }
        } catch (RuntimeException e) {
            LOG.debug("Redis did not answer; asked again in {} ms", PERIOD_MILLIS, e);
        } finally {
            looking.set(false);
            lookSoon(); // who came in between has seen that it is looked
        }
    }

    @Override
    public void destroy() {
        timer.shutdownNow();
        answering.shutdownNow();
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }
}
