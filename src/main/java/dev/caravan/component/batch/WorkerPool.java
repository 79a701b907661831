package dev.caravan.component.batch;

import dev.caravan.component.DaemonThreads;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Threads for tasks that come many at a time and may be short or block for long, nobody knows. A pool wakes a thread for
 * each task; here each thread that takes one sees to it that somebody comes for the next, and then takes more while there
 * are any. So a task that blocks holds up no other one, and short ones are worked off by the few threads that are awake.
 *
 * <p>Thread-safe. There are as many threads as tasks that block, so whoever asks has to bound these.
 */
public final class WorkerPool implements Executor, AutoCloseable {
    private static final Logger LOG = System.getLogger(WorkerPool.class.getName());

    private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
    /** Whether a thread was called that has not come yet. */
    private final AtomicBoolean called = new AtomicBoolean();

    private final ExecutorService threads;

    /** @param name prefix of the names of the threads */
    public WorkerPool(String name) {
        this.threads = Executors.newCachedThreadPool(new DaemonThreads(name));
    }

    /** @throws java.util.concurrent.RejectedExecutionException after {@link #close} */
    @Override
    public void execute(Runnable task) {
        waiting.add(task);
        call();
    }

    private void call() {
        if (!waiting.isEmpty() && called.compareAndSet(false, true)) {
            threads.execute(this::work);
        }
    }

    private void work() {
        called.set(false);
        for (Runnable task = waiting.poll(); task != null; task = waiting.poll()) {
            call();
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                LOG.log(Level.ERROR, "A task failed", e);
            }
        }
    }

    /** Takes no more tasks; what waits is still worked. */
    @Override
    public void close() {
        threads.shutdown();
    }
}
