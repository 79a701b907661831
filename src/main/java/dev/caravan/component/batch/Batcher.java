package dev.caravan.component.batch;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Runs the items of many threads in batches, one batch at a time, on an executor that it shares with what fills it: a batch
 * waits behind the tasks that the executor has, and holds what these have added. A lone item is run at once.
 *
 * <p>Running a batch returns its continuation, which may complete futures and so run a route to its end. The next batch waits
 * behind what the continuation asks for, but not for the continuation: a slow one delays no batch, if the executor has a
 * thread for each task that blocks.
 *
 * <p>Thread-safe. Memory is bounded by {@code capacity}: {@link #offer} rejects items above it.
 *
 * @param <T> an item
 */
public final class Batcher<T> implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Batcher.class.getName());

    private final Executor executor;
    private final int capacity;
    private final int batchSize;
    private final Function<List<T>, Runnable> run;
    private final Queue<T> waiting = new ConcurrentLinkedQueue<>();
    /** How many wait, or are about to. */
    private final AtomicInteger size = new AtomicInteger();
    /** Whether the executor has a batch to run, or runs it. */
    private final AtomicBoolean running = new AtomicBoolean();

    private volatile boolean closed;

    /**
     * @param executor runs the batches and their continuations
     * @param capacity how many items may wait, at the most
     * @param batchSize the largest batch
     * @param run runs a batch and returns its continuation; must end in bounded time and not throw: a batch that throws is
     *     logged and dropped
     */
    public Batcher(Executor executor, int capacity, int batchSize, Function<List<T>, Runnable> run) {
        this.executor = executor;
        this.capacity = capacity;
        this.batchSize = batchSize;
        this.run = run;
    }

    /** Adds an item to the next batch; false if {@code capacity} items wait already, or this is closed. */
    public boolean offer(T item) {
        if (closed) {
            return false;
        }
        if (size.incrementAndGet() > capacity) {
            size.decrementAndGet();
            return false;
        }
        waiting.add(item);
        schedule();
        return true;
    }

    private void schedule() {
        if (!waiting.isEmpty() && running.compareAndSet(false, true)) {
            executor.execute(this::runBatch);
        }
    }

    private void runBatch() {
        Runnable continuation = runWaiting();
        running.set(false);
        if (!waiting.isEmpty()) {
            executor.execute(
                    this::schedule); // a task first: the batch itself is then behind what the continuation asks for
        }
        try {
            continuation.run();
        } catch (RuntimeException | Error e) {
            LOG.log(Level.ERROR, "The continuation of a batch failed", e);
        }
    }

    private Runnable runWaiting() {
        List<T> batch = new ArrayList<>();
        for (T item; batch.size() < batchSize && (item = waiting.poll()) != null; ) {
            batch.add(item);
        }
        size.addAndGet(-batch.size());
        try {
            return batch.isEmpty() ? () -> {} : run.apply(batch);
        } catch (RuntimeException | Error e) {
            LOG.log(Level.ERROR, "A batch of " + batch.size() + " items failed and is dropped", e);
            return () -> {};
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
    }
}
