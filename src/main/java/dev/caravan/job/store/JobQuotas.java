package dev.caravan.job.store;

import static java.nio.charset.StandardCharsets.UTF_8;

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
 * How much each user has in Redis, and whether there is room for more. Redis counts, for all nodes, two keys a user:
 *
 * <ul>
 *   <li>{@value #OPEN}, and the name: the jobs that have not ended, a sorted set as those of {@link JobStore}, with an entry
 *       too many now and then
 *   <li>{@value #STORED}, and the name: bytes of what was submitted, a hash with a field for each of the latest periods, named
 *       by its begin. A period is forgotten when the jobs that came in it, and ended at once, have expired; so whatever is
 *       miscounted is forgotten, too
 * </ul>
 *
 * <p>Both are asked for in the pipeline that brings a submission to Redis, once for each user, which is too late for that
 * one: it is let in by what Redis said the last time and what this node has let in since. Where that is not known, or comes to
 * more than half of a limit, the submission is held back, and let in or refused by what Redis says now. So a user who is far from a
 * limit costs no round trip, and nodes that share a Redis let in one batch too many at the most.
 *
 * <p>Used by one batch at a time.
 */
final class JobQuotas {
    static final String OPEN = "caravan:jobs:open:";
    static final String STORED = "caravan:jobs:stored:";

    private static final int PERIODS = 24;
    private static final int OLDEST = 50;
    private static final long TIDY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
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
    /** The users who submit something in the batch under way, and who reads the answers to the commands about them. */
    private final Map<String, Usage> asked = new LinkedHashMap<>();

    private final List<Consumer<Object>> readers = new ArrayList<>();
    /** The oldest jobs of those who have as many as they may: an entry may be one too many. */
    private final Map<String, List<String>> suspects = new HashMap<>();

    JobQuotas(JobSettings settings) {
        this.maxJobs = settings.maxQueuedPerUser();
        this.maxBytes = settings.maxStoredPerUser().toBytes();
        long kept = Math.max(
                settings.retention().toMillis(), settings.keyRetention().toMillis());
        this.period = Math.max(1, kept / PERIODS);
        this.counted = kept + period;
    }

    /** What Redis said of a user the last time, and what was let in since. */
    private static final class Usage {
        private boolean isKnown;
        private long jobs;
        private long bytes;
        /** Bytes that Redis has not been told of: let in by this batch; let in before, but not stored. */
        private long added;

        private long returned;
        /** The begin of the first period that still counts, and the fields of those that do not. */
        private long since;

        private List<byte[]> outdated = List.of();
        /** Whether a move of this batch found as many jobs as there may be, and when the oldest of them were looked at. */
        private boolean crowded;

        private long tidiedNanos = System.nanoTime() - TIDY_NANOS;
    }

    /** Whether jobs that have not ended are counted. */
    boolean countsJobs() {
        return maxJobs > 0;
    }

    /**
     * Whether the move may be made, by what is known. Takes room for it.
     *
     * @param looked whether Redis was asked for this move before
     */
    boolean admits(JobTransition move, boolean looked) {
        String user = move.user();
        if (user == null || maxJobs == 0 && maxBytes == 0) {
            return true;
        }
        Usage usage = known.computeIfAbsent(user, name -> new Usage());
        asked.put(user, usage);
        usage.crowded |= maxJobs > 0 && usage.jobs >= maxJobs;
        boolean sure = looked || usage.isKnown && isFarFromLimits(usage, move.size());
        if (!sure || !hasRoom(usage, move.size())) {
            return false;
        }
        usage.jobs++;
        usage.bytes += move.size();
        usage.added += move.size();
        return true;
    }

    /** The move was let in, but is none: its job was there before. */
    void returned(JobTransition move) {
        Usage usage = move.user() == null ? null : known.get(move.user());
        if (usage != null) {
            usage.returned += move.size();
        }
    }

    /** Adds the commands about the users of this batch to a pipeline; one answer for each comes to {@link #read}. */
    void ask(RedisConnection connection, long now) {
        readers.clear();
        asked.forEach((user, usage) -> {
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
        readers.add(answer -> usage.jobs = (Long) answer);
        if (usage.crowded && System.nanoTime() - usage.tidiedNanos >= TIDY_NANOS) {
            connection.zSetCommands().zRange(key, 0, OLDEST - 1);
            readers.add(answer -> {
                usage.tidiedNanos = System.nanoTime();
                suspects.put(user, texts((Collection<?>) answer));
            });
        }
    }

    private void askForBytes(RedisConnection connection, byte[] key, Usage usage, long now) {
        long bytes = usage.added - usage.returned;
        if (bytes != 0) {
            connection.hashCommands().hIncrBy(key, bytes(Long.toString(now - now % period)), bytes);
            connection.keyCommands().pExpire(key, counted);
            readers.add(answer -> {});
            readers.add(answer -> {});
        }
        if (!usage.outdated.isEmpty()) {
            connection.hashCommands().hDel(key, usage.outdated.toArray(byte[][]::new));
            readers.add(answer -> {});
        }
        connection.hashCommands().hGetAll(key);
        readers.add(answer -> read(usage, (Map<?, ?>) answer, now));
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

    /** How many answers belong here. */
    int answers() {
        return readers.size();
    }

    /** Takes the answers. */
    void read(List<Object> answers) {
        suspects.clear();
        for (int i = 0; i < readers.size(); i++) {
            readers.get(i).accept(answers.get(i));
        }
        asked.values().forEach(usage -> {
            usage.isKnown = true;
            usage.crowded = false;
        });
        asked.clear();
    }

    /**
     * The oldest jobs of users who have as many as they may, at most ten times a second for each: those among them that have ended
     * are entries too many, and nobody else looks for them.
     */
    Map<String, List<String>> suspects() {
        return suspects;
    }

    /** A suspect has ended. */
    void ended(String user) {
        known.get(user).jobs--;
    }

    /** The pipeline did what {@link #ask} added, but not what came behind it; it comes again. */
    void told() {
        asked.values().forEach(usage -> {
            usage.added = 0;
            usage.returned = 0;
        });
    }

    /** The pipeline failed: what it has done is not known. */
    void forget() {
        known.keySet().removeAll(asked.keySet());
        asked.clear();
    }

    private boolean isFarFromLimits(Usage usage, int size) {
        return (maxJobs == 0 || 2 * (usage.jobs + 1) <= maxJobs)
                && (maxBytes == 0 || 2 * (usage.bytes + size) <= maxBytes);
    }

    private boolean hasRoom(Usage usage, int size) {
        return (maxJobs == 0 || usage.jobs < maxJobs) && (maxBytes == 0 || usage.bytes + size <= maxBytes);
    }

    /** Why a move that was not let in is refused; null if there is room after all. */
    LimitExceeded refusal(JobTransition move) {
        Usage usage = known.get(move.user());
        int size = move.size();
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

    private static List<String> texts(Collection<?> values) {
        return values.stream().map(JobQuotas::text).toList();
    }

    private static String text(Object value) {
        return new String((byte[]) value, UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
