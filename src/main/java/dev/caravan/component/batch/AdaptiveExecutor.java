package dev.caravan.component.batch;

import java.time.Duration;
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
 * Runs tasks that are short as a rule, though any may block. One thread runs them all while it keeps up: to wake another
 * thread for each task costs more than most tasks. When tasks have waited for five milliseconds, another thread joins, if
 * fewer run than half the processors or if the tasks are slow: so tasks that block hold up no other. The queue has no bound
 * of its own. Thread-safe.
 */
public final class AdaptiveExecutor implements Executor, AutoCloseable {
    private static final long CHECK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    /** The watchdog parks after so many checks that found nothing waiting. */
    private static final int IDLE_CHECKS = 4;

    private final int most;
    private final long slowNanos;
    /** So many threads run side by side while none of them blocks. */
    private final int enough = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);

    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    /** Threads that run or poll tasks. */
    private final AtomicInteger awake = new AtomicInteger();
    /** Counts the tasks that were begun. */
    private final AtomicInteger begun = new AtomicInteger();

    /** Runs alone while it keeps up. */
    private final Thread first;

    private final AtomicBoolean firstCalled = new AtomicBoolean();
    /** Threads that join the first. */
    private final ExecutorService others;

    private final Thread watchdog;
    private final AtomicBoolean watching = new AtomicBoolean();
    private volatile boolean closed;

    /**
     * @param most the largest number of threads
     * @param slow tasks that take longer on average block: more threads help
     */
    public AdaptiveExecutor(int most, Duration slow, ThreadFactory factory) {
        this.most = most;
        this.slowNanos = slow.toNanos();
        // Without a bound: a thread that has just run its last task is not idle yet.
        this.others = Executors.newCachedThreadPool(factory);
        this.first = factory.newThread(this::workFirst);
        this.watchdog = factory.newThread(this::watch);
        first.start();
        watchdog.start();
    }

    @Override
    public void execute(Runnable task) {
        if (closed) {
            run(task);
            return;
        }
        tasks.add(task);
        boolean called = awake.get() == 0 && wake(0);
        if (!called && !watching.get() && watching.compareAndSet(false, true)) {
            LockSupport.unpark(watchdog);
        }
    }

    /** Adds a thread; false if another caller has done so or all run already. */
    private boolean wake(int before) {
        if (closed || before >= most || !awake.compareAndSet(before, before + 1)) {
            return false;
        }
        if (before == 0) {
            firstCalled.set(true);
            LockSupport.unpark(first);
        } else {
            others.execute(this::work);
        }
        return true;
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
            // A task that came since has seen this thread awake.
        } while (!tasks.isEmpty() && awake.compareAndSet(0, 1));
    }

    private static void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
        } finally {
            Thread.interrupted(); // must not reach the next task
        }
    }

    private void watch() {
        int idle = 0;
        int begunBefore = 0;
        while (!closed) {
            if (!watching.get()) {
                LockSupport.park(this);
                idle = 0;
                continue;
            }
            LockSupport.parkNanos(this, CHECK_NANOS);
            int begunNow = begun.get();
            if (!tasks.isEmpty()) {
                idle = 0;
                int now = awake.get();
                if (now < enough || (begunNow - begunBefore) * slowNanos < now * CHECK_NANOS) {
                    wake(now);
                }
            } else if (++idle >= IDLE_CHECKS) {
                watching.set(false);
                if (!tasks.isEmpty()) {
                    watching.set(true); // a task came just before
                }
            }
            begunBefore = begunNow;
        }
    }

    /** Drops the tasks that were not begun. Those that come after that run on their caller's thread. */
    @Override
    public void close() {
        closed = true;
        tasks.clear();
        LockSupport.unpark(watchdog);
        first.interrupt();
        others.shutdownNow();
    }
}
