package dev.caravan.component.batch;

import dev.caravan.component.DaemonThreads;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

/**
 * Runs the items of many threads in batches, one batch at a time, on its own threads. A lone item is run at once; under
 * load, the items that come while a batch is on the network are the next batch and share one round trip.
 *
 * <p>Running a batch returns its continuation, which may complete futures and so run a route to its end. The continuation
 * runs on the same thread after the next batch has been handed over, so that a slow one delays no batch.
 *
 * <p>Thread-safe. Memory is bounded by {@code capacity}: {@link #offer} rejects items above it. At most 32 threads; while
 * all are busy, the caller runs batches and tasks itself.
 *
 * @param <T> an item
 */
public final class Batcher<T> implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Batcher.class.getName());
    private static final int MAX_THREADS = 32;

    private final BlockingQueue<T> waiting;
    private final int batchSize;
    private final Function<List<T>, Runnable> run;
    private final AtomicBoolean running = new AtomicBoolean();
    private final ThreadPoolExecutor threads;
    private volatile boolean closed;

    /**
     * @param name prefix of the names of its threads
     * @param capacity how many items may wait, at the most
     * @param batchSize the largest batch
     * @param run runs a batch and returns its continuation; must end in bounded time and not throw: a batch that throws is
     *     logged and dropped
     */
    public Batcher(String name, int capacity, int batchSize, Function<List<T>, Runnable> run) {
        this.waiting = new ArrayBlockingQueue<>(capacity);
        this.batchSize = batchSize;
        this.run = run;
        this.threads = new ThreadPoolExecutor(
                1,
                MAX_THREADS,
                30,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                new DaemonThreads(name),
                new ThreadPoolExecutor.AbortPolicy());
    }

    /** Adds an item to the next batch; false if {@code capacity} items wait already, or this is closed. */
    public boolean offer(T item) {
        if (closed || !waiting.offer(item)) {
            return false;
        }
        wake();
        return true;
    }

    /** Runs a task on the threads that run the batches; if all are busy, on the calling one. */
    public void execute(Runnable task) {
        if (!handOver(task)) {
            task.run();
        }
    }

    private void wake() {
        if (running.compareAndSet(false, true) && !handOver(this::runBatches)) {
            runBatches();
        }
    }

    /** Runs a batch and hands the next one over; while all threads are busy it runs that itself, continuations last. */
    private void runBatches() {
        List<Runnable> continuations = new ArrayList<>(1);
        boolean again;
        do {
            continuations.add(runBatch());
            running.set(false);
            again = !waiting.isEmpty() && running.compareAndSet(false, true) && !handOver(this::runBatches);
        } while (again);
        continuations.forEach(Batcher::run);
    }

    private Runnable runBatch() {
        List<T> batch = new ArrayList<>();
        waiting.drainTo(batch, batchSize);
        try {
            return batch.isEmpty() ? () -> {} : run.apply(batch);
        } catch (RuntimeException | Error e) {
            LOG.log(Level.ERROR, "A batch of " + batch.size() + " items failed and is dropped", e);
            return () -> {};
        }
    }

    private static void run(Runnable continuation) {
        try {
            continuation.run();
        } catch (RuntimeException | Error e) {
            LOG.log(Level.ERROR, "The continuation of a batch failed", e);
        }
    }

    private boolean handOver(Runnable task) {
        try {
            threads.execute(task);
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    /** Takes no more items; runs the waiting ones for at most five seconds. */
    @Override
    public void close() {
        closed = true;
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        while ((running.get() || !waiting.isEmpty()) && System.nanoTime() < deadline) {
            try {
                TimeUnit.MILLISECONDS.sleep(5);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        threads.shutdown();
    }
}
