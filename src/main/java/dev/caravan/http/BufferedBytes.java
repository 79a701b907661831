package dev.caravan.http;

import java.util.concurrent.atomic.AtomicLong;

/** Bounds the memory of all bodies that are arriving: clients decide how long that takes. Thread-safe. */
final class BufferedBytes {
    private final long most;
    private final AtomicLong taken = new AtomicLong();

    /** @param most bytes */
    BufferedBytes(long most) {
        this.most = most;
    }

    /** Reserves bytes, to be given back later; false if there is no room. */
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
