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
 * Runs tasks that come many at a time and may be short or block for long. An ordinary pool wakes a thread for each task;
 * here each thread that takes a task calls one more thread for the next, and then takes further tasks while there are any.
 * So a task that blocks holds up no other, and few threads run short tasks.
 *
 * <p>Thread-safe. There are as many threads as tasks that block: the caller has to bound these.
 */
public final class WorkerPool implements Executor, AutoCloseable {
    private static final Logger LOG = System.getLogger(WorkerPool.class.getName());

    private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
    /** Whether a thread was called that has not begun yet. */
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

    /** Takes no more tasks; runs those that wait. */
    @Override
    public void close() {
        threads.shutdown();
    }
}
