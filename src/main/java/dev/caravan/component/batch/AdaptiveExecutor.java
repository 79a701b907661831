package dev.caravan.component.batch;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Threads for tasks that are short, though any may turn out to be long. One thread runs them all as long as it keeps up:
 * to wake another for each task costs more than most of them, and what comes together is worked together. When tasks still
 * wait after five milliseconds, another one joins, if fewer run than half as many as there are processors, or if none was
 * begun in that time: so a task that blocks holds up no other. The queue has no bound of its own. Thread-safe.
 */
public final class AdaptiveExecutor implements Executor, AutoCloseable {
    private static final ThreadLocal<AdaptiveExecutor> CURRENT = new ThreadLocal<>();

    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    /** For so many looks without anything waiting it is looked before that ends. */
    private static final int QUIET_LOOKS = 4;

    private final int most;
    /** So many run side by side if all of them get on. */
    private final int enough = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);

    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    /** Threads that run tasks or look for them. */
    private final AtomicInteger awake = new AtomicInteger();
    /** Counts tasks that were begun. */
    private final AtomicInteger begun = new AtomicInteger();

    /** The one that runs alone as long as it keeps up. */
    private final Thread first;

    private final AtomicBoolean firstCalled = new AtomicBoolean();
    /** Those that join. */
    private final ExecutorService others;

    private final Thread watch;
    private final AtomicBoolean watching = new AtomicBoolean();
    private volatile boolean closed;

    /** @param most how many tasks run at the same time at the most */
    public AdaptiveExecutor(int most, ThreadFactory factory) {
        this.most = most;
        ThreadFactory ours = task -> factory.newThread(() -> {
            CURRENT.set(this);
            task.run();
        });
        // Without a bound: a thread that has just ended its work is not yet ready for more.
        this.others = Executors.newCachedThreadPool(ours);
        this.first = ours.newThread(this::workFirst);
        this.watch = factory.newThread(this::watch);
        first.start();
        watch.start();
    }

    /**
     * Those to which the current thread belongs: what it leaves to them is run after what waits now. Null if to none.
     */
    public static AdaptiveExecutor current() {
        return CURRENT.get();
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
        if (awake.get() == 0) {
            wake(0);
        } else if (!watching.get() && watching.compareAndSet(false, true)) {
            LockSupport.unpark(watch);
        }
    }

    /** One thread more than there are, unless another one was first or there are as many as may be. */
    private void wake(int before) {
        if (closed || before >= most || !awake.compareAndSet(before, before + 1)) {
            return;
        }
        if (before == 0) {
            firstCalled.set(true);
            LockSupport.unpark(first);
        } else {
            others.execute(this::work);
        }
    }

    private void workFirst() {
        while (!closed) {
            if (firstCalled.compareAndSet(true, false)) {
                work();
            } else {
                LockSupport.park(this);
            }
        }
    }

    private void work() {
        do {
            for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                begun.incrementAndGet();
                run(task);
            }
            awake.decrementAndGet();
            // What came since has seen this thread awake.
        } while (!tasks.isEmpty() && awake.compareAndSet(0, 1));
    }

    private static void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
        } finally {
            Thread.interrupted(); // is not a matter of the next one
        }
    }

    private void watch() {
        int quiet = 0;
        int begunBefore = 0;
        while (!closed) {
            if (!watching.get()) {
                LockSupport.park(this);
                quiet = 0;
                continue;
            }
            LockSupport.parkNanos(this, LOOK_NANOS);
            int begunNow = begun.get();
            if (!tasks.isEmpty()) {
                quiet = 0;
                int now = awake.get();
                if (now < enough || begunNow == begunBefore) {
                    wake(now);
                }
            } else if (++quiet >= QUIET_LOOKS) {
                watching.set(false);
                if (!tasks.isEmpty()) {
                    watching.set(true); // it came just before
                }
            }
            begunBefore = begunNow;
        }
    }

    /** Runs no task any more that was not begun. */
    @Override
    public void close() {
        closed = true;
        tasks.clear();
        LockSupport.unpark(watch);
        first.interrupt();
        others.shutdownNow();
    }
}
