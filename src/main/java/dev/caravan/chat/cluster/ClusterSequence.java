package dev.caravan.chat.cluster;

import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The numbers of this node's cluster messages, and how long the messages take to come back. Not thread-safe. */
final class ClusterSequence {
    private final Timer lag;
    private List<?> last;
    private long number;
    /** The message whose return is awaited; 0: none. */
    private long timed;

    private long timedAt;

    ClusterSequence(Timer lag) {
        this.lag = lag;
    }

    /** The number for a batch; the same one if the batch is written again. */
    long number(List<?> batch, long now) {
        if (batch != last) {
            last = batch;
            number++;
            if (timed == 0) {
                timed = number;
                timedAt = now;
            }
        }
        return number;
    }

    void returned(long returnedNumber, long now) {
        if (timed > 0 && returnedNumber >= timed) {
            lag.record(now - timedAt, TimeUnit.NANOSECONDS);
            timed = 0;
        }
    }
}
