package dev.caravan.bench;

/** Counts times in buckets that are a 64th of their time wide or narrower. */
final class Latencies {
    private static final int BITS = 6;
    private static final int BUCKETS = 64 << BITS;

    private final long[] counts = new long[BUCKETS];
    private long total;

    void add(long nanos) {
        long value = Math.max(nanos, 1L << BITS);
        int shift = 63 - Long.numberOfLeadingZeros(value) - BITS;
        counts[(shift << BITS) + (int) (value >> shift) - (1 << BITS)]++;
        total++;
    }

    long count() {
        return total;
    }

    double millis(double share) {
        long left = (long) Math.ceil(share * total);
        for (int i = 0; i < BUCKETS; i++) {
            left -= counts[i];
            if (left <= 0) {
                return ((i & (1L << BITS) - 1) + (1L << BITS) << (i >> BITS)) / 1e6;
            }
        }
        return 0;
    }
}
