package dev.caravan.component.batch;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.apache.camel.AsyncCallback;

/**
 * What waits under one name, in its order. Thread-safe; no method but {@link #await} blocks.
 *
 * <p>Meters: {@code caravan.batch.waiting} and {@code caravan.batch.dropped}, tag {@code name}.
 */
final class BatchQueue {
    private final String name;
    private final MeterRegistry registry;
    private final Counter dropped;
    private boolean measured;

    /** Held while a batch is processed: one after the other, so that the order is kept. */
    private final ReentrantLock processing = new ReentrantLock(true);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Object> waiting = new ArrayDeque<>();
    /** Producers for which there was no room; the exchange of each waits, without a thread. */
    private final Deque<Late> late = new ArrayDeque<>();

    /** Batches that were taken and not processed: they come again as they are, before all else. */
    private final Deque<List<Object>> returned = new ArrayDeque<>(1);

    private int capacity = 10_000;
    private boolean dropOldest;

    /** Called after something was added; null while a thread waits in {@link #await} or nobody consumes. */
    private volatile Runnable listener;

    private record Late(Collection<?> bodies, AsyncCallback callback) {}

    BatchQueue(String name, MeterRegistry registry) {
        this.name = name;
        this.registry = registry;
        dropped = Counter.builder("caravan.batch.dropped")
                .tag("name", name)
                .description("Bodies that a full queue of a batch dropped")
                .register(registry);
    }

    ReentrantLock processing() {
        return processing;
    }

    /** @param onAdded called after elements were added, until {@link #removeListener} with the same object */
    synchronized void setListener(Runnable onAdded) {
        listener = onAdded;
    }

    synchronized void removeListener(Runnable onAdded) {
        if (listener == onAdded) {
            listener = null;
        }
    }

    /** To be called after {@link #add}: notifies the listener or, without one, the thread in {@link #await}. */
    void added() {
        Runnable onAdded = listener;
        if (onAdded != null) {
            onAdded.run();
        } else {
            wake();
        }
    }

    /** Has the thread in {@link #await} check again. */
    void wake() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    int size() {
        lock.lock();
        try {
            return waiting.size() + returned.stream().mapToInt(List::size).sum();
        } finally {
            lock.unlock();
        }
    }

    /** How many producers wait because there is no room. */
    int waitingCallers() {
        lock.lock();
        try {
            return late.size();
        } finally {
            lock.unlock();
        }
    }

    /** Sets the bound, and whether the oldest are dropped above it. From now on a meter has what waits. */
    void bound(int most, boolean dropsOldest) {
        List<AsyncCallback> added;
        lock.lock();
        try {
            capacity = most;
            dropOldest = dropsOldest;
            added = addLate();
            if (!measured) {
                measured = true;
                Gauge.builder("caravan.batch.waiting", this, BatchQueue::size)
                        .tag("name", name)
                        .description("Bodies that wait to be sent as a batch")
                        .register(registry);
            }
        } finally {
            lock.unlock();
        }
        added.forEach(callback -> callback.done(false));
    }

    /** Adds all; false if there is no room yet, then the callback is called when they have been added. */
    boolean add(Collection<?> bodies, AsyncCallback callback) {
        lock.lock();
        try {
            if (!dropOldest && waiting.size() >= capacity) {
                late.add(new Late(bodies, callback));
                return false;
            }
            addNow(bodies);
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void addNow(Collection<?> bodies) {
        waiting.addAll(bodies);
        while (dropOldest && waiting.size() > capacity) {
            waiting.poll();
            dropped.increment();
        }
    }

    /** Waits until something is there or {@code wanted} is false, which each {@link #wake} checks; true if something is. */
    boolean await(BooleanSupplier wanted) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (waiting.isEmpty() && returned.isEmpty() && wanted.getAsBoolean()) {
                changed.await();
            }
            return !waiting.isEmpty() || !returned.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Takes what waits, at most so many, or a batch that was put back. */
    List<Object> poll(int most) {
        List<AsyncCallback> added = List.of();
        List<Object> taken;
        lock.lock();
        try {
            if (!returned.isEmpty()) {
                return returned.poll();
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
        while (!late.isEmpty() && (dropOldest || waiting.size() < capacity)) {
            Late next = late.poll();
            addNow(next.bodies);
            added.add(next.callback);
        }
        return added;
    }

    /** Takes a batch back that was not processed; it is the next one, the same list. */
    void putBack(List<Object> batch) {
        lock.lock();
        try {
            returned.addFirst(batch);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
