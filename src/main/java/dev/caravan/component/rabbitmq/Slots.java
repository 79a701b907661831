package dev.caravan.component.rabbitmq;

/**
 * How many messages of one {@link QueueFeed} are on its route, whatever channel they came over: one that is closed, too,
 * since a closed channel ends no exchange. Those that a revision of the route has left to its successor count for a while.
 * Thread-safe.
 */
final class Slots {
    static final int NONE = -1;

    private int most;
    /** The revision that takes slots; the oldest one whose slots count. */
    private int current;

    private int oldest;
    /** Taken by the current revision, and by those before that count. */
    private int taken;

    private int before;
    /** How many were taken so far. */
    private int begun;

    /** The revision to {@link #release} the slot with; {@link #NONE} if none is free. */
    synchronized int take() {
        if (taken + before >= most) {
            return NONE;
        }
        taken++;
        begun++;
        return current;
    }

    synchronized int free() {
        return Math.max(0, most - taken - before);
    }

    synchronized int begun() {
        return begun;
    }

    synchronized void release(int revision) {
        if (revision == current) {
            taken--;
        } else if (revision >= oldest) {
            before--;
        }
    }

    /** Begins a revision, which may have so many messages on the route. */
    synchronized void next(int allowed) {
        most = allowed;
        current++;
        before += taken;
        taken = 0;
    }

    /** From here on only the slots of the current revision count. */
    synchronized void forgetFormer() {
        oldest = current;
        before = 0;
    }
}
