package dev.caravan.job.recovery;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.amqp.core.QueueInformation;

/**
 * How far a queue has come: all that was put on it before a certain time has left it. A queue gives its messages out in their
 * order, so the newest job that was claimed tells; so does a queue that is found empty again and again. One reply of zero
 * does not: a queue without a leader has it, too. Times are those of Redis, epoch milliseconds. Thread-safe.
 */
final class QueueProgress {
    /** So many times in a row a queue must be empty. */
    private static final int REPLIES = 3;
    /** How many samples are kept, roughly. */
    private static final int SAMPLES = 100;

    private final long settledMillis;
    private final long keptNanos;
    private final AtomicLong passed = new AtomicLong();
    /** When the queue was found empty, the last times in a row. */
    private final Deque<Long> empty = new ArrayDeque<>();
    /** What {@link #passed} was, oldest first. */
    private final Deque<Sample> samples = new ArrayDeque<>();

    private record Sample(long nanos, long passed) {}

    /**
     * @param settled how much later than others a message may come on the queue, or leave it, without being lost
     * @param kept how long ago {@link #passed} can tell
     */
    QueueProgress(Duration settled, Duration kept) {
        this.settledMillis = settled.toMillis();
        this.keptNanos = kept.toNanos();
    }

    /** A job that came on the queue at this time has left it. */
    void claimed(long time) {
        long before = time - settledMillis;
        if (before > passed.get()) { // as most do not
            passed.accumulateAndGet(before, Math::max);
        }
    }

    /**
     * What the broker replied.
     *
     * @param now when it was asked; earlier than before if the clock of Redis was set, and then all counts as unknown
     * @param nanos the same by the clock of this process
     * @param queue null if there is no such queue
     */
    synchronized void look(long now, long nanos, QueueInformation queue) {
        if (passed.get() > now || !empty.isEmpty() && empty.getLast() > now) {
            passed.set(0);
            empty.clear();
            samples.clear();
        }
        if (queue == null || queue.getMessageCount() > 0 || queue.getConsumerCount() == 0) {
            empty.clear();
        } else {
            empty.add(now);
            while (empty.size() > REPLIES && now - second(empty) >= settledMillis) {
                empty.removeFirst();
            }
            if (empty.size() >= REPLIES && now - empty.getFirst() >= settledMillis) {
                passed.accumulateAndGet(empty.getFirst(), Math::max);
            }
        }
        if (samples.isEmpty() || nanos - samples.getLast().nanos() >= keptNanos / SAMPLES) {
            samples.add(new Sample(nanos, passed.get()));
        }
        while (samples.size() > 1 && nanos - second(samples).nanos() >= keptNanos) {
            samples.removeFirst();
        }
    }

    private static <T> T second(Deque<T> elements) {
        return elements.stream().skip(1).findFirst().orElseThrow();
    }

    /** All that was put on the queue before this time has left it; 0 if that is unknown. */
    long passed() {
        return passed.get();
    }

    /** What {@link #passed} was when as much time as is kept had not gone by since; 0 if this is not known for so long. */
    synchronized long passedLongAgo(long nanos) {
        Sample oldest = samples.peekFirst();
        return oldest == null || nanos - oldest.nanos() < keptNanos ? 0 : oldest.passed();
    }
}
