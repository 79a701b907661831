package dev.caravan.job;

/** What has become of the lines that handlers of this node have logged. Thread-safe. */
public interface JobLogCounts {
    /** How many are stored with their jobs. */
    long stored();

    /** How many are not: too many at a time, or Redis was away. */
    long dropped();
}
