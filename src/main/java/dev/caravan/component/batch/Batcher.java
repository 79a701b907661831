package dev.caravan.component.batch;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

/**
 * Collects what many threads ask for and works it off in batches, one batch at a time. A lone item is worked at once;
 * under load the batch that forms while the one before is on the network shares a single round trip.
 *
 * <p>The work returns what is left to do when the batch is off the network (completing futures, which may run a route
 * to its end). That part runs on the same thread, but after the next batch was let go, so a slow continuation delays
 * nobody but itself.
 *
 * <p>Thread-safe. Memory is bounded by {@code capacity}: {@link #offer} refuses what is above it.
 *
 * @param <T> what is asked for
 */
public final class Batcher<T> implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Batcher.class.getName());
    private static final int MAX_THREADS = 32;
    /** The batchers to which the continuation on this thread has given work that is not begun yet. */
    private static final ThreadLocal<Set<Batcher<?>>> GATHERED = new ThreadLocal<>();

    private final BlockingQueue<T> waiting;
    private final int batchSize;
    private final Function<List<T>, Runnable> work;
    private final AtomicBoolean working = new AtomicBoolean();
    private final ThreadPoolExecutor threads;
    private volatile boolean closed;

    /**
     * @param name prefix of the names of its threads
     * @param capacity how many items may wait, at the most
     * @param batchSize how many items make a batch, at the most
     * @param work does a batch and returns what is to be done after it; must end in bounded time, and must not
     *     throw: what it then leaves undone nobody does, though the batches after it are worked
     */
    public Batcher(String name, int capacity, int batchSize, Function<List<T>, Runnable> work) {
        this.waiting = new ArrayBlockingQueue<>(capacity);
        this.batchSize = batchSize;
        this.work = work;
        this.threads = new ThreadPoolExecutor(
                1,
                MAX_THREADS,
                30,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                new DaemonThreads(name),
                new ThreadPoolExecutor.AbortPolicy());
    }

    /** Asks for one item to be worked. False, at once, if too many are waiting already or this is closed. */
    public boolean offer(T item) {
        if (closed || !waiting.offer(item)) {
            return false;
        }
        wake();
        return true;
    }

    /**
     * The same as {@link #offer}, for a caller who would wait for the answer anyway: if nobody is at work, the batch is
     * worked on the calling thread, which saves waking another one and being woken by it.
     *
     * <p>What is asked for by one continuation, say of a batch of forty, becomes one batch as well: it is worked when the
     * continuation ends, or says that it {@linkplain #gatherNoMore waits}.
     */
    public boolean work(T item) {
        if (closed || !waiting.offer(item)) {
            return false;
        }
        Set<Batcher<?>> gathered = GATHERED.get();
        if (gathered == null) {
            workWaiting();
        } else {
            gathered.add(this);
        }
        return true;
    }

    /**
     * To be called before a thread waits, in case that it runs a continuation: works what that has asked for so far, and
     * from here on works at once what it asks for.
     */
    public static void gatherNoMore() {
        Set<Batcher<?>> gathered = GATHERED.get();
        if (gathered != null) {
            GATHERED.remove();
            gathered.forEach(Batcher::workWaiting);
        }
    }

    private void workWaiting() {
        if (!waiting.isEmpty() && working.compareAndSet(false, true)) {
            workBatches();
        }
    }

    /** Runs something on the threads that also run the continuations of batches; if all are busy, on this one. */
    public void execute(Runnable task) {
        if (!handOver(task)) {
            task.run();
        }
    }

    private void wake() {
        if (working.compareAndSet(false, true) && !handOver(this::workBatches)) {
            workBatches();
        }
    }

    /** Works a batch and lets another thread go on; while all are busy it goes on itself, and continues them after. */
    private void workBatches() {
        List<Runnable> continuations = new ArrayList<>(1);
        boolean goesOn;
        do {
            continuations.add(workBatch());
            working.set(false);
            goesOn = !waiting.isEmpty() && working.compareAndSet(false, true) && !handOver(this::workBatches);
        } while (goesOn);
        continuations.forEach(Batcher::run);
    }

    private Runnable workBatch() {
        List<T> batch = new ArrayList<>();
        waiting.drainTo(batch, batchSize);
        try {
            return batch.isEmpty() ? () -> {} : work.apply(batch);
        } catch (RuntimeException | Error e) {
            LOG.log(Level.ERROR, "The work of a batch of " + batch.size() + " failed", e);
            return () -> {};
        }
    }

    private static void run(Runnable continuation) {
        gatherNoMore(); // of a continuation around this one
        GATHERED.set(new LinkedHashSet<>(2));
        try {
            continuation.run();
        } catch (RuntimeException | Error e) {
            LOG.log(Level.ERROR, "What follows a batch failed", e);
        } finally {
            gatherNoMore();
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

    /** Stops taking items; what waits is worked off within five seconds or left. */
    @Override
    public void close() {
        closed = true;
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        while ((working.get() || !waiting.isEmpty()) && System.nanoTime() < deadline) {
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
