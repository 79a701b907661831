package dev.caravan.bench.limit;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;

/** Threads on which handlers may block. A thread that takes a job calls another one for the next job, then takes more. */
final class Handlers {
    private final Queue<Runnable> jobs = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean called = new AtomicBoolean();
    private final Executor threads = Executors.newCachedThreadPool(task -> new Thread(task, "limit-handler"));

    void run(Runnable job) {
        jobs.add(job);
        call();
    }

    private void call() {
        if (!jobs.isEmpty() && called.compareAndSet(false, true)) {
            threads.execute(this::work);
        }
    }

    private void work() {
        called.set(false);
        for (Runnable job = jobs.poll(); job != null; job = jobs.poll()) {
            call();
            job.run();
        }
    }
}
