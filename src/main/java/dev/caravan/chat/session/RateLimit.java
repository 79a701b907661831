package dev.caravan.chat.session;

/** A bucket that fills by so many a second, up to a height, and gives one at a time. For one thread at a time. */
final class RateLimit {
    private final double perNano;
    private final double height;
    private double level;
    private long filledAt;

    RateLimit(int perSecond, int height, long now) {
        this.perNano = perSecond / 1e9;
        this.height = height;
        this.level = height;
        this.filledAt = now;
    }

    boolean take(long now) {
        level = Math.min(height, level + (now - filledAt) * perNano);
        filledAt = now;
        if (level < 1) {
            return false;
        }
        level--;
        return true;
    }
}
