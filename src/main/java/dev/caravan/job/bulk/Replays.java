package dev.caravan.job.bulk;

import dev.caravan.job.Job;
import dev.caravan.job.JobFingerprint;
import dev.caravan.job.JobState;
import dev.caravan.job.store.JobHashes;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What becomes of the jobs that a bulk act replays: the first {@value #FIRST}, then up to {@value #MOST} at a time. So a million of
 * them do not fill the queue, and an error that is still there is found after few. Thread-safe.
 */
final class Replays {
    static final int FIRST = 10;
    static final int MOST = 1000;
    private static final int LOOKED_AT = 200;
    /** After this time without one that has ended, the act goes on all the same: they may need the worker that it holds. */
    private static final long PATIENCE_NANOS = Duration.ofSeconds(30).toNanos();

    private static final List<String> FIELDS = JobFingerprint.FIELDS;

    /** The fingerprints of the failures before, by the ids of the jobs that have not ended again. */
    private final Map<String, String> open = new LinkedHashMap<>();

    private int most = FIRST;
    private int ended;
    private int again;
    private long movedNanos = System.nanoTime();

    /** How many more may be replayed now. */
    synchronized int room() {
        int counted = open.size() + (most == FIRST ? ended : 0);
        return Math.max(0, most - counted);
    }

    /** @param hash as it was before the replay */
    synchronized void add(String id, Map<String, String> hash) {
        open.put(id, JobFingerprint.of(hash));
    }

    /** A job was not replayed after all. */
    synchronized void remove(String id) {
        open.remove(id);
    }

    /** Reads what has become of those that were replayed first. */
    synchronized void look(JobHashes hashes) {
        if (open.isEmpty()) {
            movedNanos = System.nanoTime();
            return;
        }
        List<String> ids = open.keySet().stream().limit(LOOKED_AT).toList();
        List<Map<String, String>> found = hashes.fields(ids, FIELDS);
        for (int i = 0; i < ids.size(); i++) {
            String before = open.remove(ids.get(i));
            JobState state = Job.stateOf(found.get(i));
            if (!state.terminal() && state != JobState.NEW) {
                open.put(ids.get(i), before); // behind the others
                continue;
            }
            ended++;
            movedNanos = System.nanoTime();
            if (state == JobState.FAILED && JobFingerprint.of(found.get(i)).equals(before)) {
                again++;
            }
        }
        if (ended >= FIRST) {
            most = MOST;
        }
        if (room() == 0 && System.nanoTime() - movedNanos > PATIENCE_NANOS) {
            open.clear();
            most = MOST;
            movedNanos = System.nanoTime();
        }
    }

    /** Why the act must stop: of {@value #FIRST} or more that have ended, more than half failed as before. Else null. */
    synchronized String verdict() {
        return ended >= FIRST && again * 2 > ended
                ? again + " of " + ended + " replayed jobs that have ended failed again with the same error"
                : null;
    }
}
