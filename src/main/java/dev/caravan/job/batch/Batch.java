package dev.caravan.job.batch;

import dev.caravan.job.Job;
import java.util.Map;

/**
 * A batch as Redis knows it.
 *
 * @param fields of its hash, as {@link BatchStore} documents them
 * @param members how many jobs it has
 * @param nested how many batches are in it
 */
public record Batch(String id, Map<String, String> fields, long members, long nested) {
    BatchState state() {
        return BatchState.valueOf(fields.get("state"));
    }

    /** Who has created it; null if nobody had logged in. */
    String user() {
        return field("user");
    }

    /** The batch that it is in; null if in none. */
    String parent() {
        return field("parent");
    }

    /** The job of its callback; null if there is none, or none yet. */
    String callbackJob() {
        return field("callbackJob");
    }

    /** What its callback job is; null if it has none. */
    BatchCallback callback() {
        return field("callback") == null ? null : BatchCallback.of(field("callback"));
    }

    /** A field, null if it is absent or empty. */
    String field(String name) {
        String value = fields.get(name);
        return value == null || value.isEmpty() ? null : value;
    }

    /** A count, or a time in epoch milliseconds; 0 if there is none. */
    long number(String name) {
        return Job.number(fields.get(name));
    }

    /** How many of its jobs have not ended. */
    long openJobs() {
        return members - number("finished") - number("failed") - number("cancelled");
    }

    /** How many of the batches in it have not ended. */
    long openNested() {
        return nested - number(BatchStore.NESTED_FINISHED) - number(BatchStore.NESTED_FAILED);
    }

    /** Whether nothing in it has failed or was cancelled, up to its callback. */
    boolean succeeded() {
        return number("failed") + number("cancelled") + number(BatchStore.NESTED_FAILED) == 0;
    }
}
