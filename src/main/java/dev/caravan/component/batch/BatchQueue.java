package dev.caravan.component.batch;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.camel.AsyncCallback;

/**
 * What waits under one name, in its order. Thread-safe; nobody is held up for longer than it takes to add to a queue.
 *
 * <p>Meters: {@code caravan.batch.waiting} and {@code caravan.batch.dropped}, tag {@code name}.
 */
final class BatchQueue {
    private final String name;
    private final MeterRegistry registry;
    private final Counter dropped;
    private boolean measured;

    /** Held by who works a batch: one after the other, so that the order is kept. */
    private final ReentrantLock turn = new ReentrantLock(true);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition someWait = lock.newCondition();
    private final Deque<Object> waiting = new ArrayDeque<>();
    /** Those for whom there was no room. Each has its exchange waiting. */
    private final Deque<Late> late = new ArrayDeque<>();

    /** Batches that were taken and not worked: they come again as they are, before all else. */
    private final Deque<List<Object>> returned = new ArrayDeque<>(1);

    private int capacity = 10_000;
    private boolean dropOldest;

    private volatile Worker worker;
    /** Whether threads that were lent are to come. */
    private final AtomicBoolean called = new AtomicBoolean();

    private record Worker(Object owner, Consumer<List<Object>> work, int size) {}

    private record Late(Collection<?> bodies, AsyncCallback callback) {}

    BatchQueue(String name, MeterRegistry registry) {
        this.name = name;
        this.registry = registry;
        dropped = Counter.builder("caravan.batch.dropped")
                .tag("name", name)
                .description("Bodies that a full queue of a batch dropped")
                .register(registry);
    }

    ReentrantLock turn() {
        return turn;
    }

    /**
     * Lets the threads of whoever adds something work it, if it is one of {@link AdaptiveExecutor}.
     *
     * @param owner the consumer
     * @param size of a batch, at the most
     */
    synchronized void lend(Object owner, Consumer<List<Object>> work, int size) {
        worker = new Worker(owner, work, size);
        called.set(false);
    }

    /** Ends {@link #lend}, unless another consumer has begun it meanwhile. */
    synchronized void endLending(Object owner) {
        Worker now = worker;
        if (now != null && now.owner == owner) {
            worker = null;
        }
    }

    /**
     * To be called after something was added. If that is allowed, it is worked by the threads of the caller when they have
     * done what waits there: that spares waking another one, and what is added until then goes with it.
     */
    void work() {
        AdaptiveExecutor callers = worker == null ? null : AdaptiveExecutor.current();
        if (callers == null) {
            wake();
        } else if (called.compareAndSet(false, true)) {
            callers.execute(this::workLent);
        }
    }

    private void workLent() {
        if (turn.tryLock()) {
            try {
                Worker now = worker;
                List<Object> batch = now == null ? List.of() : poll(now.size);
                if (!batch.isEmpty()) {
                    now.work.accept(batch);
                }
            } finally {
                turn.unlock();
                called.set(false);
            }
            if (size() > 0) {
                work();
            }
        } else { // the consumer is at it, and goes on
            called.set(false);
            wake();
        }
    }

    /** Lets all who wait look again whether something waits, and whether they are still to work it. */
    void wake() {
        lock.lock();
        try {
            someWait.signalAll();
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

    /** How many are held up because there is no room. */
    int waitingCallers() {
        lock.lock();
        try {
            return late.size();
        } finally {
            lock.unlock();
        }
    }

    /** Says how many may wait from now on, and what becomes of the next ones. What waits is measured from now on. */
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

    /** Whether something waits; waits for that as long as it is wanted, which is asked again at each {@link #wake}. */
    boolean await(BooleanSupplier wanted) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (waiting.isEmpty() && returned.isEmpty() && wanted.getAsBoolean()) {
                someWait.await();
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

    /** Takes a batch back that was not worked; it is the next one, the same list. */
    void putBack(List<Object> batch) {
        lock.lock();
        try {
            returned.addFirst(batch);
            someWait.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
