package dev.caravan.http;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Memory for the bodies of requests to routes that have not arrived to their end, of all together: how long that takes is up
 * to the clients. Thread-safe.
 */
final class BufferedBytes {
    private final long most;
    private final AtomicLong taken = new AtomicLong();

    /** @param most bytes */
    BufferedBytes(long most) {
        this.most = most;
    }

    /** Whether there is room for so many bytes more. If so, they are to be given back. */
    boolean take(int bytes) {
        if (taken.addAndGet(bytes) <= most) {
            return true;
        }
        giveBack(bytes);
        return false;
    }

    void giveBack(int bytes) {
        taken.addAndGet(-bytes);
    }
}
