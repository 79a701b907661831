package dev.caravan.job.batch;

import dev.caravan.job.Job;
import dev.caravan.job.JobSettings;
import dev.caravan.job.JobState;
import dev.caravan.job.JobTransition;
import dev.caravan.job.batch.WaitingBatches.Waiting;
import dev.caravan.job.store.BatchMembers;
import dev.caravan.job.store.JobHashes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.springframework.data.redis.core.ZSetOperations.TypedTuple;
import org.springframework.stereotype.Component;

/**
 * Looks at members that keep a closed batch waiting: removes those that have ended or never came, which a crash has left, and
 * cancels those of a batch that is cancelled. A few at a time, so that it costs the same however many there are. Thread-safe.
 */
@Component
public class OpenMembers {
    /** How many batches that are cancelled are looked at in one go, and how many others, and how many members of each. */
    private static final int BATCHES = 5;

    private static final int MEMBERS = 100;
    private static final int CANCELLED = 500;
    /** A submission that has no hash after this time will have none. */
    private static final long NEVER_STORED_MILLIS = 60_000;

    private static final List<String> FIELDS = List.of("state", "status", "type", "cancelledBy");

    private final BatchStore store;
    private final WaitingBatches batches;
    private final BatchMembers members;
    private final JobHashes hashes;
    private final JobSettings settings;
    /** How far the members of each batch were looked at, and when, in the order of looks. */
    private final Map<String, Long> places = new HashMap<>();

    private final Map<String, Long> looks = new HashMap<>();
    private long look;

    public OpenMembers(
            BatchStore store, WaitingBatches batches, BatchMembers members, JobHashes hashes, JobSettings settings) {
        this.store = store;
        this.batches = batches;
        this.members = members;
        this.hashes = hashes;
        this.settings = settings;
    }

    /** The cancellations of some members of batches that are cancelled. Called by a timer. */
    public synchronized List<JobTransition> check() {
        Map<String, Waiting> waiting = new HashMap<>();
        batches.look(false).stream()
                .filter(batch -> batch.state() == BatchState.CLOSED)
                .forEach(batch -> waiting.put(batch.id(), batch));
        places.keySet().retainAll(waiting.keySet());
        looks.keySet().retainAll(waiting.keySet());
        List<Waiting> next = Stream.concat(
                        longestNotLookedAt(waiting.values(), batch -> batch.cancelledBy() != null),
                        longestNotLookedAt(waiting.values(), batch -> batch.cancelledBy() == null))
                .toList();
        List<JobTransition> cancellations = new ArrayList<>();
        long now = next.isEmpty() ? 0 : batches.now();
        for (Waiting batch : next) {
            looks.put(batch.id(), ++look);
            check(batch, now, cancellations);
        }
        return cancellations;
    }

    private Stream<Waiting> longestNotLookedAt(Collection<Waiting> batches, Predicate<Waiting> which) {
        return batches.stream()
                .filter(which)
                .sorted(Comparator.comparing((Waiting batch) -> looks.getOrDefault(batch.id(), 0L)))
                .limit(BATCHES);
    }

    private void check(Waiting batch, long now, List<JobTransition> cancellations) {
        int many = batch.cancelledBy() == null ? MEMBERS : CANCELLED;
        long place = places.getOrDefault(batch.id(), 0L);
        List<TypedTuple<String>> entries = batches.open(batch.id(), place, many);
        List<String> jobs = entries.stream()
                .map(TypedTuple::getValue)
                .filter(id -> !id.startsWith(BatchMembers.NESTED))
                .toList();
        List<Map<String, String>> read = hashes.fields(jobs, FIELDS);
        Map<String, Map<String, String>> found = new HashMap<>();
        for (int i = 0; i < jobs.size(); i++) {
            found.put(jobs.get(i), read.get(i));
        }
        Map<String, BatchMembers.Ending> ended = new HashMap<>();
        int cancelled = cancellations.size();
        for (TypedTuple<String> entry : entries) {
            String id = entry.getValue();
            long admitted = entry.getScore().longValue();
            boolean isOld = admitted < now - NEVER_STORED_MILLIS;
            String count = found.containsKey(id)
                    ? look(id, found.get(id), isOld, batch.cancelledBy(), cancellations)
                    : look(id.substring(BatchMembers.NESTED.length()), batch.cancelledBy());
            if (count != null) {
                ended.put(id, new BatchMembers.Ending(count, admitted));
            }
        }
        members.end(batch.id(), ended);
        long stay = entries.size() - ended.size() - (cancellations.size() - cancelled);
        places.put(batch.id(), entries.size() < many ? 0 : place + stay);
    }

    /** What a job counts as; null while it is open. */
    private String look(
            String id, Map<String, String> hash, boolean isOld, String by, List<JobTransition> cancellations) {
        JobState state = Job.stateOf(hash);
        if (state == JobState.NEW || state == JobState.WITHDRAWN) {
            return isOld ? BatchMembers.countOf(state) : null;
        }
        if (state.terminal()) {
            return BatchMembers.countOf(state);
        }
        if (by != null && !hash.containsKey("cancelledBy")) {
            Job job = Job.of(id, hash, UUID.randomUUID().toString());
            cancellations.add(JobTransition.cancelled(job, by, settings.retention()));
        }
        return null;
    }

    /** What a batch in a batch counts as; null while it is open. */
    private String look(String nested, String by) {
        String outcome = batches.outcome(nested);
        if (!outcome.isEmpty()) {
            return outcome;
        }
        if (by != null) {
            store.close(nested, by);
        }
        return null;
    }
}
