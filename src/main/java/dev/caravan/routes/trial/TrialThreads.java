package dev.caravan.routes.trial;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import org.apache.camel.spi.ThreadPoolProfile;
import org.apache.camel.support.DefaultThreadPoolFactory;

/** The threads that steps of a trial ask for, such as those of a parallel split: so many and no more. Thread-safe. */
final class TrialThreads extends DefaultThreadPoolFactory {
    private static final int MAX = 16;

    private final Set<Thread> threads = new HashSet<>();
    private final List<ThreadPoolExecutor> pools = new ArrayList<>();

    @Override
    public ExecutorService newCachedThreadPool(ThreadFactory factory) {
        return known(super.newCachedThreadPool(task -> make(factory, task)));
    }

    @Override
    public ExecutorService newThreadPool(ThreadPoolProfile profile, ThreadFactory factory) {
        return known(super.newThreadPool(profile, task -> make(factory, task)));
    }

    @Override
    public ScheduledExecutorService newScheduledThreadPool(ThreadPoolProfile profile, ThreadFactory factory) {
        return super.newScheduledThreadPool(profile, task -> make(factory, task));
    }

    private synchronized ExecutorService known(ExecutorService pool) {
        if (pool instanceof ThreadPoolExecutor executor) {
            pools.add(executor);
        }
        return pool;
    }

    /** Whether a pool was made; else nothing goes on when the message has gone its way. */
    synchronized boolean isUsed() {
        return !pools.isEmpty();
    }

    /** Whether no task waits or runs; what is to run at a time does not count. */
    synchronized boolean isIdle() {
        return pools.stream().allMatch(pool -> pool.getTaskCount() == pool.getCompletedTaskCount());
    }

    /** @return null if there are too many: the pool goes on with those that it has, or rejects the task */
    private synchronized Thread make(ThreadFactory factory, Runnable task) {
        threads.removeIf(thread -> thread.getState() == Thread.State.TERMINATED);
        if (threads.size() >= MAX) {
            return null;
        }
        Thread thread = factory.newThread(task);
        threads.add(thread);
        return thread;
    }

    /** Waits until none is left, however long it takes. */
    void awaitEnd() {
        for (Thread thread : copy()) {
            while (thread.getState() != Thread.State.NEW && thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    continue; // the trial is over already, and its place is free when its threads are
                }
            }
        }
    }

    private synchronized List<Thread> copy() {
        return List.copyOf(threads);
    }
}
