package dev.caravan.job.updates;

import dev.caravan.component.DaemonThreads;
import dev.caravan.job.TransitionResult;
import dev.caravan.job.store.JobHashes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;

/**
 * Publishes what happens to jobs to their watchers on this node. One round trip to Redis reads for all watchers that are
 * due, and there is none while nobody watches. What was missed while Redis was away is in the hash when it is back.
 * Thread-safe.
 */
@Component
public class JobUpdates implements Consumer<TransitionResult>, DisposableBean {
    private static final Logger LOG = LoggerFactory.getLogger(JobUpdates.class);
    private static final int SOON_MILLIS = 10;

    private final JobHashes hashes;
    private final Map<String, Set<Watch>> watches = new ConcurrentHashMap<>();
    /** Whether Redis is read soon, and at the period of each detail. */
    private final AtomicBoolean soon = new AtomicBoolean();

    private final Map<Detail, AtomicBoolean> planned =
            Map.of(Detail.STATE, new AtomicBoolean(), Detail.HISTORY, new AtomicBoolean());

    private final ScheduledThreadPoolExecutor timer =
            new ScheduledThreadPoolExecutor(1, new DaemonThreads("caravan-job-updates"));

    public JobUpdates(JobHashes hashes) {
        this.hashes = hashes;
    }

    /** What a watcher gets, and how often Redis is read for it. */
    public enum Detail {
        /** The state alone: at once if this node brings the job into it, else within 50 ms. */
        STATE(50, List.of("state", "status")),
        /** All states, and the progress: 10 ms after this node brings the job into a state, else within 100 ms. */
        HISTORY(100, JobHistory.FIELDS);

        private final int periodMillis;
        private final List<String> fields;

        Detail(int periodMillis, List<String> fields) {
            this.periodMillis = periodMillis;
            this.fields = fields;
        }
    }

    /** The interest of one watcher in one job, until it is closed. */
    public final class Watch {
        private final String id;
        private final Detail detail;
        private final Consumer<JobHistory> listener;
        private volatile long dueNanos = System.nanoTime();

        private Watch(String id, Detail detail, Consumer<JobHistory> listener) {
            this.id = id;
            this.detail = detail;
            this.listener = listener;
        }

        public void close() {
            watches.computeIfPresent(id, (key, all) -> {
                all.remove(this);
                return all.isEmpty() ? null : all;
            });
        }
    }

    /** @param listener gets the job as it is, changed or not, one call after the other; must not block */
    public Watch watch(String id, Detail detail, Consumer<JobHistory> listener) {
        Watch watch = new Watch(id, detail, listener);
        // In one step: the last one to close takes the set away.
        watches.compute(id, (key, all) -> {
            Set<Watch> set = all == null ? ConcurrentHashMap.newKeySet() : all;
            set.add(watch);
            return set;
        });
        if (detail == Detail.HISTORY) {
            plan(soon, SOON_MILLIS);
        } else {
            plan(planned.get(detail), detail.periodMillis);
        }
        return watch;
    }

    @Override
    public void accept(TransitionResult result) {
        for (Watch watch : watches.getOrDefault(result.job().id(), Set.of())) {
            if (watch.detail == Detail.STATE) {
                notify(watch, JobHistory.of(Map.of("state", result.state().name())));
            } else {
                watch.dueNanos = System.nanoTime();
                plan(soon, SOON_MILLIS);
            }
        }
    }

    private static void notify(Watch watch, JobHistory history) {
        try {
            watch.listener.accept(history);
        } catch (RuntimeException e) {
            LOG.error("Job {}: a watcher failed", watch.id, e);
        }
    }

    private void plan(AtomicBoolean isPlanned, int millis) {
        if (isPlanned.compareAndSet(false, true)) {
            try {
                timer.schedule(() -> poll(isPlanned), millis, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                LOG.debug("The node stops", e);
            }
        }
    }

    private void poll(AtomicBoolean isPlanned) {
        isPlanned.set(false);
        try {
            read();
        } catch (RuntimeException e) {
            LOG.debug("Redis did not respond; it is read again soon", e);
        }
        for (Set<Watch> all : watches.values()) {
            all.forEach(watch -> plan(planned.get(watch.detail), watch.detail.periodMillis));
        }
    }

    /** Reads the jobs that are due to be read for watchers, who get them. */
    private void read() {
        long now = System.nanoTime();
        Map<String, Detail> wanted = new HashMap<>();
        for (Set<Watch> all : watches.values()) {
            for (Watch watch : all) {
                if (watch.dueNanos - now <= 0) {
                    wanted.merge(watch.id, watch.detail, (one, other) -> one == other ? one : Detail.HISTORY);
                }
            }
        }
        List<String> ids = List.copyOf(wanted.keySet());
        List<Map<String, String>> read = hashes.fields(ids, id -> wanted.get(id).fields);
        for (int i = 0; i < ids.size(); i++) {
            String id = ids.get(i);
            JobHistory history = JobHistory.of(read.get(i));
            for (Watch watch : watches.getOrDefault(id, Set.of())) {
                if (watch.detail == Detail.STATE || wanted.get(id) == Detail.HISTORY) {
                    watch.dueNanos = now + TimeUnit.MILLISECONDS.toNanos(watch.detail.periodMillis);
                    notify(watch, history);
                }
            }
        }
    }

    @Override
    public void destroy() {
        timer.shutdownNow();
    }
}
