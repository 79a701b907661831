package dev.caravan.job;

/**
 * How many jobs of a type may run, over all nodes. Immutable.
 *
 * @param concurrency at the same time; null: any number; 0 while the type is paused
 * @param rate in a time; null: any number
 * @param key shares the jobs out: those that wait take turns by their keys. Null: all jobs have one key
 * @param keyConcurrency at the same time of one key; null: any number
 * @param keyRate in a time of one key; null: any number
 */
public record TypeLimits(Integer concurrency, Rate rate, PayloadKey key, Integer keyConcurrency, Rate keyRate) {
    /** Any number. */
    public static final TypeLimits NONE = new TypeLimits(null, null, null, null, null);

    /** The same while the type is paused: none may begin. */
    public TypeLimits paused() {
        return new TypeLimits(0, rate, key, keyConcurrency, keyRate);
    }

    /** The key of a job; empty if there is none, or the expression fails on its payload. */
    public String keyOf(Job job) {
        if (key == null) {
            return "";
        }
        try {
            String value = key.of(job.payload());
            return value == null ? "" : value;
        } catch (RuntimeException e) { // whatever a client has sent, the job gets its turn
            return "";
        }
    }
}
