package dev.caravan.job.batch;

import dev.caravan.job.BatchChange;
import dev.caravan.job.Job;
import dev.caravan.job.JobSettings;
import dev.caravan.job.JobState;
import dev.caravan.job.JobTransition;
import dev.caravan.job.batch.WaitingBatches.Nested;
import dev.caravan.job.batch.WaitingBatches.Waiting;
import dev.caravan.job.store.BatchMembers;
import dev.caravan.job.store.JobHashes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
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
    /** Of how many batches it is known how far they were looked at: those of a quarter of an hour. */
    private static final int MOST_KNOWN = 10_000;
    /** A submission that has no hash after this time will have none. */
    private static final long NEVER_STORED_MILLIS = 60_000;

    private static final Place NEVER = new Place(0, 0);
    private static final List<String> FIELDS = List.of("state", "status", "type", "cancelledBy");

    private final BatchStore store;
    private final WaitingBatches batches;
    private final BatchMembers members;
    private final JobHashes hashes;
    private final JobSettings settings;
    private final List<Consumer<BatchChange>> listeners;
    /** By batch; the one that was not looked at for longest goes first. */
    private final Map<String, Place> places = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Place> eldest) {
            return size() > MOST_KNOWN;
        }
    };

    private long look;

    /** How far the members of a batch were looked at, and at which look. */
    private record Place(long members, long look) {}

    public OpenMembers(
            BatchStore store,
            WaitingBatches batches,
            BatchMembers members,
            JobHashes hashes,
            JobSettings settings,
            List<Consumer<BatchChange>> listeners) {
        this.store = store;
        this.batches = batches;
        this.members = members;
        this.hashes = hashes;
        this.settings = settings;
        this.listeners = listeners;
    }

    /** The cancellations of some members of batches that are cancelled. Called by a timer. */
    public synchronized List<JobTransition> check() {
        List<Waiting> waiting = batches.look(false).stream()
                .filter(batch -> batch.state() == BatchState.CLOSED)
                .toList();
        List<Waiting> next = Stream.concat(
                        longestNotLookedAt(waiting, batch -> batch.cancelledBy() != null),
                        longestNotLookedAt(waiting, batch -> batch.cancelledBy() == null))
                .toList();
        List<JobTransition> cancellations = new ArrayList<>();
        long now = next.isEmpty() ? 0 : batches.now();
        for (Waiting batch : next) {
            long from = places.getOrDefault(batch.id(), NEVER).members();
            places.remove(batch.id()); // goes to the end
            places.put(batch.id(), new Place(check(batch, from, now, cancellations), ++look));
        }
        return cancellations;
    }

    private Stream<Waiting> longestNotLookedAt(Collection<Waiting> all, Predicate<Waiting> which) {
        return all.stream()
                .filter(which)
                .sorted(Comparator.comparing((Waiting batch) ->
                        places.getOrDefault(batch.id(), NEVER).look()))
                .limit(BATCHES);
    }

    /** Returns where to go on with the members of this batch. */
    private long check(Waiting batch, long from, long now, List<JobTransition> cancellations) {
        int many = batch.cancelledBy() == null ? MEMBERS : CANCELLED;
        List<TypedTuple<String>> entries = batches.open(batch.id(), from, many);
        Map<Boolean, List<String>> open = entries.stream()
                .map(TypedTuple::getValue)
                .collect(Collectors.partitioningBy(id -> id.startsWith(BatchMembers.NESTED)));
        Map<String, Map<String, String>> jobs = byId(open.get(false), hashes.fields(open.get(false), FIELDS));
        Map<String, Nested> nested = byId(open.get(true), batches.nested(open.get(true)));
        Map<String, BatchMembers.Ending> ended = new HashMap<>();
        List<String> toCancel = new ArrayList<>();
        int cancelled = cancellations.size();
        for (TypedTuple<String> entry : entries) {
            String id = entry.getValue();
            long admitted = entry.getScore().longValue();
            boolean isOld = admitted < now - NEVER_STORED_MILLIS;
            String count = jobs.containsKey(id)
                    ? look(id, jobs.get(id), isOld, batch.cancelledBy(), cancellations)
                    : look(nested.get(id), now - admitted);
            if (count != null) {
                ended.put(id, new BatchMembers.Ending(count, admitted));
            } else if (nested.containsKey(id)
                    && batch.cancelledBy() != null
                    && nested.get(id).mayBeCancelled()) {
                toCancel.add(id.substring(BatchMembers.NESTED.length()));
            }
        }
        if (!toCancel.isEmpty()) {
            tellCancelled(store.cancel(toCancel, batch.cancelledBy()));
        }
        members.end(batch.id(), ended);
        long stay = entries.size() - ended.size() - (cancellations.size() - cancelled);
        return entries.size() < many ? 0 : from + stay;
    }

    private void tellCancelled(long many) {
        for (long i = 0; i < many; i++) {
            listeners.forEach(listener -> listener.accept(BatchChange.CANCELLED));
        }
    }

    private static <T> Map<String, T> byId(List<String> ids, List<T> values) {
        Map<String, T> all = new HashMap<>();
        for (int i = 0; i < ids.size(); i++) {
            all.put(ids.get(i), values.get(i));
        }
        return all;
    }

    /** What a batch counts as that was taken so long ago; null while it is open. */
    private String look(Nested nested, long millis) {
        return nested.state() == null ? store.countOfGone(millis) : nested.outcome();
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
}
