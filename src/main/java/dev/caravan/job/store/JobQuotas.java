package dev.caravan.job.store;

import static dev.caravan.job.store.RedisPipeline.bytes;
import static dev.caravan.job.store.RedisPipeline.text;

import dev.caravan.http.LimitExceeded;
import dev.caravan.job.Job;
import dev.caravan.job.JobSettings;
import dev.caravan.job.JobTransition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.springframework.data.redis.connection.RedisConnection;

/**
 * Limits the jobs that a user may have in Redis. Redis counts for all nodes, in two keys of each user:
 *
 * <ul>
 *   <li>{@value #OPEN}{@code <user>}: the jobs that have not ended, a sorted set like those of {@link JobIndex}; a crash may
 *       leave one that has
 *   <li>{@value #STORED}{@code <user>}: the bytes that were submitted, a hash with a field for each period, named by its
 *       begin. A period is deleted when the jobs that came in it, and ended at once, have expired; a wrong count goes with it
 * </ul>
 *
 * <p>The pipeline that writes a submission reads both keys, once for each user. Its replies come too late for this submission,
 * which is admitted by the replies before them and by what this node has admitted since. Without such replies, or above half
 * of a limit, the submission waits for the new ones. So a user who is far from a limit costs no round trip, and nodes that
 * share a Redis admit one batch too many at the most.
 *
 * <p>Used by one batch at a time.
 */
final class JobQuotas {
    static final String OPEN = "caravan:jobs:open:";
    static final String STORED = "caravan:jobs:stored:";

    private static final int PERIODS = 24;
    private static final int OLDEST = 50;
    private static final long REMOVE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int MAX_USERS = 10_000;
    private static final Duration OPEN_RETRY = Duration.ofSeconds(5);

    private final int maxJobs;
    private final long maxBytes;
    private final long period;
    /** How long the bytes of a period count, from its begin. */
    private final long counted;

    private final Map<String, Usage> known = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Usage> eldest) {
            return size() > MAX_USERS;
        }
    };
    /** The users who submit something in the batch under way, and the readers of the replies about them. */
    private final Map<String, Usage> inBatch = new LinkedHashMap<>();

    private final List<Consumer<Object>> readers = new ArrayList<>();
    /** The oldest jobs of users who have reached the limit: an entry may be one too many. */
    private final Map<String, List<String>> suspects = new HashMap<>();

    JobQuotas(JobSettings settings) {
        this.maxJobs = settings.maxQueuedPerUser();
        this.maxBytes = settings.maxStoredPerUser().toBytes();
        long kept = Math.max(
                settings.retention().toMillis(), settings.keyRetention().toMillis());
        this.period = Math.max(1, kept / PERIODS);
        this.counted = kept + period;
    }

    /** What Redis replied for a user the last time, and what was admitted since. */
    private static final class Usage {
        private boolean isKnown;
        private long jobs;
        private long bytes;
        /** Bytes that are not in Redis yet: admitted by this batch; admitted before, but not stored. */
        private long added;

        private long returned;
        /** The begin of the first period that still counts, and the fields of those that do not. */
        private long since;

        private List<byte[]> outdated = List.of();
        /** Whether a transition of this batch found the limit of jobs reached, and when the oldest of them were checked last. */
        private boolean crowded;

        private long checkedNanos = System.nanoTime() - REMOVE_NANOS;
    }

    /** Whether jobs that have not ended are counted. */
    boolean countsJobs() {
        return maxJobs > 0;
    }

    /**
     * Whether the transition may be written, by what is known. Takes room for it.
     *
     * @param checked whether Redis was asked for this transition before
     */
    boolean admits(JobTransition transition, boolean checked) {
        String user = transition.user();
        if (user == null || maxJobs == 0 && maxBytes == 0) {
            return true;
        }
        Usage usage = known.computeIfAbsent(user, name -> new Usage());
        inBatch.put(user, usage);
        usage.crowded |= maxJobs > 0 && usage.jobs >= maxJobs;
        boolean sure = checked || usage.isKnown && isFarFromLimits(usage, transition.size());
        if (!sure || !hasRoom(usage, transition.size())) {
            return false;
        }
        usage.jobs++;
        usage.bytes += transition.size();
        usage.added += transition.size();
        return true;
    }

    /** The transition was admitted but changed nothing: its job existed before. */
    void giveBack(JobTransition transition) {
        Usage usage = transition.user() == null ? null : known.get(transition.user());
        if (usage != null) {
            usage.returned += transition.size();
        }
    }

    /** Adds the commands about the users of this batch to a pipeline; {@link #read} takes a reply for each. */
    void ask(RedisConnection connection, long now) {
        readers.clear();
        inBatch.forEach((user, usage) -> {
            if (maxJobs > 0) {
                askForJobs(connection, user, usage);
            }
            if (maxBytes > 0) {
                askForBytes(connection, bytes(STORED + user), usage, now);
            }
        });
    }

    private void askForJobs(RedisConnection connection, String user, Usage usage) {
        byte[] key = bytes(OPEN + user);
        connection.zSetCommands().zCard(key);
        readers.add(reply -> usage.jobs = (Long) reply);
        if (usage.crowded && System.nanoTime() - usage.checkedNanos >= REMOVE_NANOS) {
            connection.zSetCommands().zRange(key, 0, OLDEST - 1);
            readers.add(reply -> {
                usage.checkedNanos = System.nanoTime();
                suspects.put(
                        user,
                        ((Collection<?>) reply)
                                .stream().map(RedisPipeline::text).toList());
            });
        }
    }

    private void askForBytes(RedisConnection connection, byte[] key, Usage usage, long now) {
        long bytes = usage.added - usage.returned;
        if (bytes != 0) {
            connection.hashCommands().hIncrBy(key, bytes(Long.toString(now - now % period)), bytes);
            connection.keyCommands().pExpire(key, counted);
            readers.add(reply -> {});
            readers.add(reply -> {});
        }
        if (!usage.outdated.isEmpty()) {
            connection.hashCommands().hDel(key, usage.outdated.toArray(byte[][]::new));
            readers.add(reply -> {});
        }
        connection.hashCommands().hGetAll(key);
        readers.add(reply -> read(usage, (Map<?, ?>) reply, now));
    }

    private void read(Usage usage, Map<?, ?> periods, long now) {
        usage.bytes = 0;
        usage.added = 0;
        usage.returned = 0;
        usage.since = now;
        usage.outdated = new ArrayList<>();
        periods.forEach((begin, bytes) -> {
            long since = Job.number(text(begin));
            if (since <= now - counted) {
                usage.outdated.add((byte[]) begin);
            } else {
                usage.since = Math.min(usage.since, since);
                usage.bytes += Job.number(text(bytes));
            }
        });
    }

    /** How many replies {@link #read} takes. */
    int replies() {
        return readers.size();
    }

    void read(List<Object> replies) {
        suspects.clear();
        for (int i = 0; i < readers.size(); i++) {
            readers.get(i).accept(replies.get(i));
        }
        inBatch.values().forEach(usage -> {
            usage.isKnown = true;
            usage.crowded = false;
        });
        inBatch.clear();
    }

    /**
     * The oldest jobs of users who have reached the limit, at most ten times a second for each: those among them that have ended
     * are entries too many, and nobody else removes them.
     */
    Map<String, List<String>> suspects() {
        return suspects;
    }

    /** A suspect has ended. */
    void ended(String user) {
        known.get(user).jobs--;
    }

    /** The pipeline has run what {@link #ask} added, but not what follows it; it runs again. */
    void markWritten() {
        inBatch.values().forEach(usage -> {
            usage.added = 0;
            usage.returned = 0;
        });
    }

    /** The pipeline failed: it is unknown what it has done. */
    void forget() {
        known.keySet().removeAll(inBatch.keySet());
        inBatch.clear();
    }

    private boolean isFarFromLimits(Usage usage, int size) {
        return (maxJobs == 0 || 2 * (usage.jobs + 1) <= maxJobs)
                && (maxBytes == 0 || 2 * (usage.bytes + size) <= maxBytes);
    }

    private boolean hasRoom(Usage usage, int size) {
        return (maxJobs == 0 || usage.jobs < maxJobs) && (maxBytes == 0 || usage.bytes + size <= maxBytes);
    }

    /** The limit that a transition exceeds; null if there is room after all. */
    LimitExceeded exceeded(JobTransition transition) {
        Usage usage = known.get(transition.user());
        int size = transition.size();
        if (hasRoom(usage, size)) {
            return null;
        }
        if (maxJobs > 0 && usage.jobs >= maxJobs) {
            String detail = "The job was not accepted: " + usage.jobs
                    + " jobs of yours have not ended, and a user may have " + maxJobs + ".";
            return new LimitExceeded(detail, usage.jobs, maxJobs, OPEN_RETRY);
        }
        String detail = "The job was not accepted: " + usage.bytes + " bytes of yours are kept, it has " + size
                + ", and a user may have " + maxBytes + ".";
        Duration next = Duration.ofMillis(usage.since + counted - System.currentTimeMillis());
        return new LimitExceeded(detail, usage.bytes, maxBytes, next);
    }
}
