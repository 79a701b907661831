package dev.caravan.chat.cluster;

import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The numbers of this node's cluster messages, what of a batch is in each, and how long the messages take to come back. Not
 * thread-safe.
 */
final class ClusterSequence {
    private final Timer lag;
    private List<?> last;
    private int from;
    private int to;
    private long number;
    private boolean written;
    /** The message whose return is awaited; 0: none. */
    private long timed;

    private long timedAt;

    ClusterSequence(Timer lag) {
        this.lag = lag;
    }

    /** Begins the next message if the batch is another one. True if the message was not written before. */
    boolean next(List<?> batch, long now) {
        if (batch != last) {
            last = batch;
            begin(0, now);
        }
        boolean first = !written;
        written = true;
        return first;
    }

    private void begin(int item, long now) {
        from = item;
        to = last.size();
        number++;
        written = false;
        if (timed == 0) {
            timed = number;
            timedAt = now;
        }
    }

    /** The number of the message. */
    long number() {
        return number;
    }

    /** What of the batch is in the message. */
    List<?> items() {
        return last.subList(from, to);
    }

    /** Leaves half of the items to the next message. Only before this one is sent: its number stands for what is in it. */
    boolean halve() {
        int half = (to - from) / 2;
        to -= half;
        return half > 0;
    }

    /** The message is confirmed. True if items of its batch are left: the next message, which begins, has them. */
    boolean confirm(long now) {
        if (last == null || to == last.size()) {
            return false;
        }
        begin(to, now);
        return true;
    }

    void returned(long returnedNumber, long now) {
        if (timed > 0 && returnedNumber >= timed) {
            lag.record(now - timedAt, TimeUnit.NANOSECONDS);
            timed = 0;
        }
    }
}
