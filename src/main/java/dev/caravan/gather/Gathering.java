package dev.caravan.gather;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.apache.camel.AsyncCallback;

/**
 * What waits under one name, in its order. Thread-safe; nobody is held up for longer than it takes to add to a queue.
 *
 * <p>Meters: {@code caravan.gather.waiting} and {@code caravan.gather.dropped}, tag {@code name}.
 */
final class Gathering {
    /** Held by who works a batch: one after the other, so that the order is kept. */
    private final ReentrantLock turn = new ReentrantLock(true);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition someWait = lock.newCondition();
    private final Deque<Object> waiting = new ArrayDeque<>();
    /** Those for whom there was no room. Each has its exchange waiting. */
    private final Deque<Late> late = new ArrayDeque<>();

    private final Counter dropped;
    private volatile Worker worker;
    /** How long a batch takes, of late. */
    private volatile long nanosEach;

    private int capacity = 10_000;
    private boolean dropOldest;

    /** Batches that take less are worked by whoever brings the first of them. */
    private static final long QUICK_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

    private record Worker(Object owner, Consumer<List<Object>> work, int size) {}

    private record Late(Collection<?> bodies, AsyncCallback callback) {}

    Gathering(String name, MeterRegistry registry) {
        dropped = registry.counter("caravan.gather.dropped", "name", name);
        Gauge.builder("caravan.gather.waiting", this, Gathering::size)
                .tag("name", name)
                .register(registry);
    }

    /**
     * Says by whom batches are worked from now on, on whatever thread.
     *
     * @param size of a batch, at the most
     */
    synchronized void workedBy(Object owner, Consumer<List<Object>> work, int size) {
        worker = new Worker(owner, work, size);
    }

    /** Batches are taken by their consumer alone from now on; nothing happens if somebody else works them by now. */
    synchronized void notWorkedBy(Object owner) {
        Worker now = worker;
        if (now != null && now.owner == owner) {
            worker = null;
        }
    }

    ReentrantLock turn() {
        return turn;
    }

    /**
     * Works what waits on the calling thread, which has just added to it, if that is quick, and nobody is at it: that
     * spares waking another thread, which costs more than a short batch does.
     */
    void work() {
        boolean more = true;
        while (more && worker != null && nanosEach < QUICK_NANOS && turn.tryLock()) {
            try {
                Worker now = worker;
                List<Object> batch = now == null ? List.of() : poll(now.size);
                if (!batch.isEmpty()) {
                    work(batch, now.work);
                }
            } finally {
                turn.unlock();
            }
            // Who came meanwhile has found somebody at work.
            more = size() > 0;
        }
        if (more) {
            wake();
        }
    }

    /** To be called by the one whose turn it is. */
    void work(List<Object> batch, Consumer<List<Object>> with) {
        long begin = System.nanoTime();
        with.accept(batch);
        nanosEach += (System.nanoTime() - begin - nanosEach) / 8;
    }

    private void wake() {
        lock.lock();
        try {
            someWait.signal();
        } finally {
            lock.unlock();
        }
    }

    int size() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }

    /** Says how many may wait from now on, and what becomes of the next ones. */
    void bound(int most, boolean dropsOldest) {
        lock.lock();
        try {
            capacity = most;
            dropOldest = dropsOldest;
        } finally {
            lock.unlock();
        }
    }

    /** Adds all; false if there is no room yet, then the callback is called when they have been added. */
    boolean add(Collection<?> bodies, AsyncCallback callback) {
        lock.lock();
        try {
            if (!dropOldest && waiting.size() >= capacity) {
                late.add(new Late(bodies, callback));
                return false;
            }
            waiting.addAll(bodies);
            while (dropOldest && waiting.size() > capacity) {
                waiting.poll();
                dropped.increment();
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Whether something waits, or comes in time. */
    boolean await(long millis) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long nanos = TimeUnit.MILLISECONDS.toNanos(millis);
            while (waiting.isEmpty() && nanos > 0) {
                nanos = someWait.awaitNanos(nanos);
            }
            return !waiting.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Takes what waits, at most so many. */
    List<Object> poll(int most) {
        List<AsyncCallback> added = List.of();
        List<Object> taken;
        lock.lock();
        try {
            int count = Math.min(most, waiting.size());
            taken = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                taken.add(waiting.poll());
            }
            if (!late.isEmpty()) {
                added = addLate();
            }
        } finally {
            lock.unlock();
        }
        added.forEach(callback -> callback.done(false));
        return taken;
    }

    private List<AsyncCallback> addLate() {
        List<AsyncCallback> added = new ArrayList<>();
        while (!late.isEmpty() && waiting.size() < capacity) {
            Late next = late.poll();
            waiting.addAll(next.bodies);
            added.add(next.callback);
        }
        return added;
    }

    /** Puts a batch back where it came from: it was not worked. */
    void putBack(List<Object> batch) {
        lock.lock();
        try {
            for (int i = batch.size() - 1; i >= 0; i--) {
                waiting.addFirst(batch.get(i));
            }
            someWait.signal();
        } finally {
            lock.unlock();
        }
    }
}
