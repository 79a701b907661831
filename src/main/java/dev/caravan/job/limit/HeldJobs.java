package dev.caravan.job.limit;

import dev.caravan.job.Job;
import dev.caravan.job.JobSettings;
import dev.caravan.job.JobState;
import dev.caravan.job.JobTypes;
import dev.caravan.job.TypeLimits;
import dev.caravan.job.recovery.JobHandlers;
import dev.caravan.job.store.JobHashes;
import dev.caravan.job.store.JobIndex;
import dev.caravan.job.store.LimitSlots;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/**
 * The jobs that are HELD, and whose turn it is. The steps of {@code jobs-held} find them, those of {@code jobs-release} put their
 * messages on the queue, as many at a time as there are. A turn that is lost on the way, since a node or the broker is away, comes
 * again half a minute later. Thread-safe; one timer calls {@link #find}.
 */
@Component
public class HeldJobs {
    /** How many turns one type gets by one call of Redis, which does nothing else meanwhile; and how many go together. */
    private static final int TURNS = 1000;
    /**
     * So many runs of the route there are at a time beside that of the timer: one reads jobs while another waits for the broker. What
     * comes meanwhile goes together.
     */
    private static final int RUNS = 2;
    /** How many turns wait for their messages on this node at the most before the timer gives no more. */
    private static final int WAITING = 2000;
    /** How many jobs of each type a call of the timer looks for in Redis, in turn. */
    private static final int LOOKED_FOR = 500;
    /** A job whose hash has not changed for so long is where it belongs by now. */
    private static final long SETTLED_MILLIS = 10_000;
    /** After so long without a node that has its type a held job goes on, to wait for one as any other job. */
    private static final long GONE_NANOS = Duration.ofSeconds(30).toNanos();

    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final List<String> FIELDS = List.of("state", "updatedAt");
    private static final Set<JobState> WAIT =
            EnumSet.of(JobState.HELD, JobState.QUEUED, JobState.RETRYING, JobState.SCHEDULED);

    private final LimitSlots slots;
    private final JobIndex index;
    private final JobHashes hashes;
    private final JobTypes types;
    private final JobHandlers handlers;
    private final PausedTypes paused;
    private final ReleaseTrigger trigger;
    private final long periodNanos;
    private final Deque<Turn> turns = new ConcurrentLinkedDeque<>();
    /** How many there were when the timer looked last, by type. */
    private volatile Map<String, Long> numbers = Map.of();

    private final Semaphore runs = new Semaphore(RUNS);
    /** The types that had as many turns by the last call as one call gives: there may be more. */
    private final Set<String> full = ConcurrentHashMap.newKeySet();
    /** When the timer looked last, {@link System#nanoTime}. */
    private volatile long foundNanos = System.nanoTime();
    /** How far the jobs of a type were looked for. */
    private final Map<String, Long> places = new HashMap<>();
    /** Since when no node has had a type. */
    private final Map<String, Long> missingSince = new HashMap<>();

    private record Turn(String type, String id) {}

    public HeldJobs(
            LimitSlots slots,
            JobIndex index,
            JobHashes hashes,
            JobTypes types,
            JobHandlers handlers,
            PausedTypes paused,
            ReleaseTrigger trigger,
            JobSettings settings) {
        this.slots = slots;
        this.index = index;
        this.hashes = hashes;
        this.types = types;
        this.handlers = handlers;
        this.paused = paused;
        this.trigger = trigger;
        this.periodNanos = settings.duePeriod().toNanos();
    }

    /** The turn of these jobs has come. */
    void release(String type, Collection<String> ids) {
        if (!ids.isEmpty()) {
            add(type, ids);
            run();
        }
    }

    private void add(String type, Collection<String> ids) {
        ids.forEach(id -> turns.add(new Turn(type, id)));
    }

    private void run() {
        if (runs.tryAcquire()) {
            trigger.run().thenAccept(ended -> {
                runs.release();
                if (ended && !turns.isEmpty()) { // they came when all runs had looked for the last time
                    run();
                }
            });
        }
    }

    /**
     * Gives their turn to jobs of the types that this node has, or none any more: after a pause, by a rate, after a change of the limits, or since a
     * worker is gone. And finds jobs of which the limits know nothing, since Redis has lost that.
     */
    public void find() {
        foundNanos = System.nanoTime();
        numbers = Map.copyOf(index.typesIn(JobState.HELD));
        Set<String> held = numbers.keySet();
        places.keySet().retainAll(held);
        full.clear();
        Set<String> gone = gone(held);
        for (String type : held) {
            if ((types.handles(type) || gone.contains(type)) && turns.size() < WAITING) {
                boolean any = give(type);
                if (!any
                        || !paused.limits(type)
                                .equals(TypeLimits.NONE)) { // without limits, those are not known any more
                    add(type, lost(type));
                }
            }
        }
    }

    /** Gives jobs of a type their turn. Returns whether there were any. */
    private boolean give(String type) {
        List<String> next = reply(slots.grant(type, paused.limits(type), TURNS));
        add(type, next);
        if (next.size() < TURNS) {
            full.remove(type);
        } else {
            full.add(type);
        }
        return !next.isEmpty();
    }

    /** Gives more of them their turn, unless it is time that the timer looks again. Returns whether there are turns. */
    private boolean more() {
        boolean isInTime = System.nanoTime() - foundNanos < periodNanos;
        for (String type : full) {
            if (isInTime && turns.size() < WAITING) {
                give(type);
            }
        }
        return !turns.isEmpty();
    }

    /** How many jobs are held, by type, when the timer looked last. */
    Map<String, Long> numbers() {
        return numbers;
    }

    private Set<String> gone(Set<String> held) {
        Set<String> others =
                held.stream().filter(type -> !types.handles(type)).collect(Collectors.toCollection(HashSet::new));
        if (!others.isEmpty()) {
            others.removeAll(handlers.alive());
        }
        long now = System.nanoTime();
        missingSince.keySet().retainAll(others);
        others.removeIf(type -> now - missingSince.computeIfAbsent(type, any -> now) < GONE_NANOS);
        return others;
    }

    private List<String> lost(String type) {
        long from = places.getOrDefault(type, 0L);
        List<String> ids = index.ids(JobState.HELD, type, from, LOOKED_FOR);
        places.put(type, ids.size() < LOOKED_FOR ? 0 : from + LOOKED_FOR);
        List<String> unknown = ids.isEmpty() ? List.of() : reply(slots.unknown(type, ids));
        List<Map<String, String>> read = hashes.fields(unknown, FIELDS);
        long settled = System.currentTimeMillis() - SETTLED_MILLIS;
        List<String> lost = new ArrayList<>();
        for (int i = 0; i < unknown.size(); i++) {
            Map<String, String> hash = read.get(i);
            if (Job.stateOf(hash) == JobState.HELD && Job.number(hash.get("updatedAt")) < settled) {
                lost.add(unknown.get(i));
            }
        }
        return lost;
    }

    private static List<String> reply(CompletableFuture<List<String>> reply) {
        return reply.orTimeout(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS).join();
    }

    /** The next jobs whose turn has come, as many as memory may hold; empty if there are none. */
    public List<Job> next() {
        List<Job> released = new ArrayList<>();
        while (released.isEmpty() && (!turns.isEmpty() || more())) {
            List<Turn> next = take();
            List<Map<String, String>> read =
                    hashes.all(next.stream().map(Turn::id).toList());
            Map<String, List<String>> gone = new HashMap<>();
            for (int i = 0; i < next.size(); i++) {
                Turn turn = next.get(i);
                if (WAIT.contains(Job.stateOf(read.get(i)))) {
                    released.add(Job.of(turn.id, read.get(i), UUID.randomUUID().toString()));
                } else { // cancelled, or run meanwhile
                    gone.computeIfAbsent(turn.type, type -> new ArrayList<>()).add(turn.id);
                }
            }
            gone.forEach((type, ids) ->
                    slots.drop(type, paused.limits(type), ids).thenAccept(others -> release(type, others)));
        }
        return released;
    }

    /** At least one, if there is one. */
    private List<Turn> take() {
        List<Turn> all = new ArrayList<>();
        for (Turn turn; all.size() < TURNS && (turn = turns.poll()) != null; ) {
            all.add(turn);
        }
        int fitting = hashes.fitting(all.stream().map(Turn::id).toList()).size();
        for (int i = all.size() - 1; i >= fitting; i--) {
            turns.addFirst(all.get(i));
        }
        return all.subList(0, fitting);
    }
}
