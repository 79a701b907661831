package dev.caravan.component.rabbitmq;

import java.util.function.IntPredicate;

/**
 * Which of several queues goes next: of those in which something waits, each one {@value #SHARE} times as often as the one
 * after it, evenly spread. So none of them waits for ever. Thread-safe.
 */
final class Turns {
    private static final int SHARE = 4;
    private static final long MOST = 1L << 40;

    private final long[] weights;
    /** How far each is behind its share. */
    private final long[] behind;

    Turns(int queues) {
        weights = new long[queues];
        behind = new long[queues];
        long weight = 1;
        for (int i = queues - 1; i >= 0; i--) {
            weights[i] = weight;
            weight = Math.min(MOST, weight * SHARE);
        }
    }

    /**
     * The number of the queue that goes next; -1 if nothing waits in any.
     *
     * @param waits whether something waits in the queue of a number
     */
    synchronized int next(IntPredicate waits) {
        int next = -1;
        long all = 0;
        for (int i = 0; i < weights.length; i++) {
            if (waits.test(i)) {
                all += weights[i];
                behind[i] += weights[i];
                next = next < 0 || behind[i] > behind[next] ? i : next;
            }
        }
        if (next >= 0) {
            behind[next] -= all;
        }
        return next;
    }
}
