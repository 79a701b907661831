package dev.caravan.chat.session;

/** A token bucket, which fills continuously. For one thread at a time. */
final class RateLimit {
    private final double perNano;
    private final double capacity;
    private double tokens;
    private long filledAt;

    RateLimit(int perSecond, int capacity, long now) {
        this.perNano = perSecond / 1e9;
        this.capacity = capacity;
        this.tokens = capacity;
        this.filledAt = now;
    }

    boolean tryAcquire(long now) {
        tokens = Math.min(capacity, tokens + (now - filledAt) * perNano);
        filledAt = now;
        if (tokens < 1) {
            return false;
        }
        tokens--;
        return true;
    }
}
