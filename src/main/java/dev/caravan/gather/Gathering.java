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
import org.apache.camel.AsyncCallback;

/**
 * What waits under one name, in its order. Thread-safe; nobody is held up for longer than it takes to add to a queue.
 *
 * <p>Meters: {@code caravan.gather.waiting} and {@code caravan.gather.dropped}, tag {@code name}.
 */
final class Gathering {
    /** Held by the consumer that works a batch, so that one that is replaced and its successor keep the order. */
    private final ReentrantLock turn = new ReentrantLock(true);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition someWait = lock.newCondition();
    private final Deque<Object> waiting = new ArrayDeque<>();
    /** Those for whom there was no room. Each has its exchange waiting. */
    private final Deque<Late> late = new ArrayDeque<>();

    private final Counter dropped;
    private int capacity = 10_000;
    private boolean dropOldest;

    private record Late(Collection<?> bodies, AsyncCallback callback) {}

    Gathering(String name, MeterRegistry registry) {
        dropped = registry.counter("caravan.gather.dropped", "name", name);
        Gauge.builder("caravan.gather.waiting", this, Gathering::size)
                .tag("name", name)
                .register(registry);
    }

    ReentrantLock turn() {
        return turn;
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
            boolean sleeping = waiting.isEmpty();
            waiting.addAll(bodies);
            while (dropOldest && waiting.size() > capacity) {
                waiting.poll();
                dropped.increment();
            }
            if (sleeping && !waiting.isEmpty()) {
                someWait.signal();
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** What waits, at most so many; empty if nothing comes in time. */
    List<Object> take(int most, long millis) throws InterruptedException {
        List<AsyncCallback> added = List.of();
        List<Object> taken;
        lock.lockInterruptibly();
        try {
            long nanos = TimeUnit.MILLISECONDS.toNanos(millis);
            while (waiting.isEmpty()) {
                if (nanos <= 0) {
                    return List.of();
                }
                nanos = someWait.awaitNanos(nanos);
            }
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
