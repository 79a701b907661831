package dev.caravan.job.http;

import dev.caravan.http.EventStream;
import dev.caravan.job.Progress;
import dev.caravan.job.TransitionResult;
import dev.caravan.job.store.JobStore;
import dev.caravan.job.updates.JobHistory;
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
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/**
 * Who follows jobs over HTTP on this node. Redis is asked for all of them in one round trip, {@value #PERIOD_MILLIS} ms
 * after the last time, sooner if a job was moved on this node, and not at all if nobody follows. What was missed while
 * Redis was away is in the hash when it is back. Thread-safe.
 */
@Component
class JobWatchers implements Consumer<TransitionResult>, DisposableBean {
    private static final Logger LOG = LoggerFactory.getLogger(JobWatchers.class);
    private static final int PERIOD_MILLIS = 100;
    private static final int SOON_MILLIS = 10;

    private final ObjectProvider<JobStore> store;
    private final Map<String, Set<Follower>> followers = new ConcurrentHashMap<>();
    private final AtomicBoolean soon = new AtomicBoolean();
    private final AtomicBoolean later = new AtomicBoolean();
    private final ScheduledThreadPoolExecutor thread = new ScheduledThreadPoolExecutor(1, task -> {
        Thread one = new Thread(task, "caravan-followers");
        one.setDaemon(true);
        return one;
    });

    /** The store tells of moves and is asked for hashes: it is looked up late, since it is made of its listeners. */
    JobWatchers(ObjectProvider<JobStore> store) {
        this.store = store;
    }

    private static final class Follower {
        private final EventStream stream = new EventStream();
        /** The number of the last step that was sent. Touched by the thread alone. */
        private int sent;
        /** How far the job was when that was last told. Touched by the thread alone. */
        private Progress progress;

        Follower(int sent) {
            this.sent = sent;
        }
    }

    /**
     * Begins to follow a job, until it has ended or is gone.
     *
     * @param last the number of the last step that the client knows
     */
    EventStream follow(String id, int last) {
        Follower follower = new Follower(last);
        followers.compute(id, (key, all) -> {
            Set<Follower> set = all == null ? ConcurrentHashMap.newKeySet() : all;
            set.add(follower);
            return set;
        });
        follower.stream.onEnd(() -> followers.computeIfPresent(id, (key, all) -> {
            all.remove(follower);
            return all.isEmpty() ? null : all;
        }));
        look(soon, SOON_MILLIS);
        return follower.stream;
    }

    @Override
    public void accept(TransitionResult moved) {
        if (followers.containsKey(moved.job().id())) {
            look(soon, SOON_MILLIS);
        }
    }

    private void look(AtomicBoolean comes, int millis) {
        if (!followers.isEmpty() && comes.compareAndSet(false, true)) {
            try {
                thread.schedule(() -> look(comes), millis, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                LOG.debug("The node stops", e);
            }
        }
    }

    private void look(AtomicBoolean came) {
        came.set(false);
        try {
            List<String> ids = List.copyOf(followers.keySet());
            List<Map<String, String>> hashes = store.getObject().fields(ids, JobHistory.FIELDS);
            for (int i = 0; i < ids.size(); i++) {
                tell(ids.get(i), JobHistory.of(hashes.get(i)));
            }
        } catch (RuntimeException e) {
            LOG.debug("Redis did not answer; asked again in {} ms", PERIOD_MILLIS, e);
        } finally {
            look(later, PERIOD_MILLIS);
        }
    }

    private void tell(String id, JobHistory history) {
        for (Follower follower : followers.getOrDefault(id, Set.of())) {
            for (JobHistory.Step step : history.after(follower.sent)) {
                follower.sent = step.number();
                follower.stream.send(Integer.toString(step.number()), null, step.json(id));
            }
            if (history.progress() != null && !history.progress().equals(follower.progress)) {
                follower.stream.send(null, "progress", history.progress().json(id));
            }
            follower.progress = history.progress();
            if (history.isEmpty() || history.last().state().terminal()) {
                follower.stream.end();
            }
        }
    }

    @Override
    public void destroy() {
        thread.shutdownNow();
    }
}
