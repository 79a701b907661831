package dev.caravan.component;

/**
 * The message of the broker that an exchange came with. It is settled when its route has ended; a route that takes longer
 * than the broker waits, and has made sure by other means that the work is not lost, acknowledges it before. Thread-safe.
 */
public interface ConsumedMessage {
    /** Name of the exchange property that holds it. */
    String PROPERTY = "CaravanConsumedMessage";

    /** Acknowledges the message now, and not when its route ends, whether that fails or not; nothing if it is settled. */
    void acknowledge();

    /**
     * The route goes on, but the message no longer counts as one of those that its consumer processes at a time: it is
     * acknowledged, and the next one may begin.
     */
    default void release() {
        acknowledge();
    }
}
