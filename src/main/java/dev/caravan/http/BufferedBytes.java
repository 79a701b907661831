package dev.caravan.http;

import java.util.concurrent.atomic.AtomicLong;

/** Bounds the memory of all bodies that are arriving: clients decide how long that takes. Thread-safe. */
final class BufferedBytes implements BodyRoom {
    private final long most;
    private final AtomicLong taken = new AtomicLong();

    /** @param most bytes */
    BufferedBytes(long most) {
        this.most = most;
    }

    long most() {
        return most;
    }

    @Override
    public boolean take(int bytes) {
        if (taken.addAndGet(bytes) <= most) {
            return true;
        }
        giveBack(bytes);
        return false;
    }

    @Override
    public void giveBack(int bytes) {
        taken.addAndGet(-bytes);
    }
}
