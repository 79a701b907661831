package dev.caravan.websocket;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Threads for tasks that are short, though any may turn out to be long. One thread runs them all as long as it keeps up:
 * to wake another for each task costs more than most of them. When tasks still wait after two milliseconds, another one
 * joins. The queue has no bound of its own. Thread-safe.
 */
final class TurnThreads implements Executor {
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
    /** For so many looks without anything waiting it is looked before that ends. */
    private static final int QUIET_LOOKS = 50;

    private static final long KEEP_SECONDS = 60;

    private final int most;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    /** Threads that run tasks or look for them. */
    private final AtomicInteger awake = new AtomicInteger();

    private final ThreadPoolExecutor threads;
    private final Thread watch;
    private final AtomicBoolean watching = new AtomicBoolean();
    private volatile boolean closed;

    /** @param most how many threads there are at the most */
    TurnThreads(int most, ThreadFactory factory) {
        this.most = most;
        this.threads =
                new ThreadPoolExecutor(0, most, KEEP_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), factory);
        this.watch = factory.newThread(this::watch);
        watch.start();
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
        if (!closed && before < most && awake.compareAndSet(before, before + 1)) {
            threads.execute(this::work);
        }
    }

    private void work() {
        do {
            for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
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
        }
    }

    private void watch() {
        int quiet = 0;
        while (!closed) {
            if (!watching.get()) {
                LockSupport.park(this);
                quiet = 0;
                continue;
            }
            LockSupport.parkNanos(this, LOOK_NANOS);
            if (!tasks.isEmpty()) {
                quiet = 0;
                wake(awake.get());
            } else if (++quiet >= QUIET_LOOKS) {
                watching.set(false);
                if (!tasks.isEmpty()) {
                    watching.set(true); // it came just before
                }
            }
        }
    }

    /** Runs no task any more that was not begun. */
    void close() {
        closed = true;
        tasks.clear();
        LockSupport.unpark(watch);
        threads.shutdownNow();
    }
}
