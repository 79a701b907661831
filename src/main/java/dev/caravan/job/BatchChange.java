package dev.caravan.job;

/** What becomes of a batch. */
public enum BatchChange {
    CREATED,
    CLOSED,
    CANCELLED,
    /** All of its members have ended, and its callback job is accepted. */
    CALLED_BACK,
    ENDED
}
