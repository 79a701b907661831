package dev.caravan.job.store;

import dev.caravan.job.Job;
import dev.caravan.job.JobState;
import dev.caravan.job.JobTransition;
import dev.caravan.job.JobUnique;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.DefaultRedisScript;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.stereotype.Component;

/**
 * Which job has a unique key: the hash {@value #KEY}, by key, whose entries name the id, how long the key holds ({@code queued},
 * {@code running} or a time of Redis), and when a submission asked for it last.
 *
 * <p>An entry gives an id to a key, before there is a job. Whoever comes with the same key submits under the same id, as a
 * repeated Idempotency-Key does: the transition lets one of them store the job, and neither withdraws that of the other. So a
 * submission that failed, or whose node died, holds up nobody. When the job is over the next submission puts an id of its own
 * there. Thread-safe.
 */
@Component
public class UniqueJobs {
    static final String KEY = "caravan:jobs:unique";

    private static final int TRIES = 5;
    private static final int SCANNED = 1000;
    /** Longer than any submission takes from asking for the key to storing its job. */
    private static final long ABANDONED_MILLIS = 60_000;

    private static final List<String> FIELDS = List.of("state", "status", "attempt");
    private static final String NOW =
            """
            local time = redis.call('TIME')
            local now = time[1] * 1000 + math.floor(time[2] / 1000)
            """;

    /** Arguments: key, id, period, its milliseconds or '', the entry that may be replaced or ''. Returns the entry and its age. */
    private static final RedisScript<List<String>> RESERVE = script(
            NOW
                    + """
            local entry = redis.call('HGET', KEYS[1], ARGV[1])
            local id, period, asked = string.match(entry or '', '^(%S+) (%S+) (%d+)$')
            local age = 0
            if not id or entry == ARGV[5] or (tonumber(period) or now) < now then
              id, period = ARGV[2], ARGV[3]
              if ARGV[4] ~= '' then period = string.format('%.0f', now + ARGV[4]) end
            else
              age = now - asked
            end
            entry = id .. ' ' .. period .. ' ' .. string.format('%.0f', now)
            redis.call('HSET', KEYS[1], ARGV[1], entry)
            return { entry, string.format('%.0f', age) }
            """);

    /** Arguments: cursor, how many. Returns the next cursor, the time, and keys with their entries. */
    private static final RedisScript<List<String>> SCAN = script(
            NOW
                    + """
            local scan = redis.call('HSCAN', KEYS[1], ARGV[1], 'COUNT', ARGV[2])
            table.insert(scan[2], 1, string.format('%.0f', now))
            table.insert(scan[2], 1, scan[1])
            return scan[2]
            """);

    /** Arguments: keys with their entries; removes those that are still the same. */
    private static final RedisScript<List<String>> REMOVE = script(
            """
            for i = 1, #ARGV, 2 do
              if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then redis.call('HDEL', KEYS[1], ARGV[i]) end
            end
            return {}
            """);

    private final StringRedisTemplate redis;
    private final JobHashes hashes;
    private String cursor = "0";

    public UniqueJobs(StringRedisTemplate redis, JobHashes hashes) {
        this.redis = redis;
        this.hashes = hashes;
    }

    private record Entry(String id, String period, long asked) {
        static Entry parse(String text) {
            String[] parts = text.split(" ");
            return new Entry(parts[0], parts[1], Long.parseLong(parts[2]));
        }

        /** Whether another job may have the key now, by the hash of this one. A time that is over is seen by the scripts. */
        boolean isOver(Map<String, String> hash, long age) {
            JobState state = Job.stateOf(hash);
            if (state == JobState.NEW || state == JobState.WITHDRAWN) {
                return age > ABANDONED_MILLIS;
            }
            return switch (period) {
                case JobUnique.QUEUED -> state.terminal() || Job.number(hash.get("attempt")) > 0;
                case JobUnique.RUNNING -> state.terminal();
                default -> false;
            };
        }
    }

    /**
     * A submission, and whether nothing of it will be stored, since it is under the id of a job that is there.
     */
    public record Reservation(JobTransition submission, boolean duplicate) {}

    /**
     * The submission of a job with a unique key, under the id of the job that has the key if there is one.
     *
     * @throws org.springframework.dao.DataAccessException if Redis does not respond
     */
    public Reservation reserve(JobTransition submission) {
        String id = submission.job().id();
        if (submission.field("fingerprint") != null && isStored(id)) {
            return new Reservation(
                    submission, false); // the same Idempotency-Key: the same job, whatever has become of it
        }
        String replaced = "";
        for (int i = 0; i < TRIES; i++) {
            List<String> reply = ask(submission, replaced);
            Entry entry = Entry.parse(reply.get(0));
            if (entry.id().equals(id)) {
                return new Reservation(submission, false);
            }
            Map<String, String> hash =
                    hashes.fields(List.of(entry.id()), FIELDS).get(0);
            if (!entry.isOver(hash, Long.parseLong(reply.get(1)))) {
                return new Reservation(submission.under(entry.id()), isAccepted(Job.stateOf(hash)));
            }
            replaced = reply.get(0);
        }
        throw new DataAccessResourceFailureException("A unique key had " + TRIES + " jobs, one after the other");
    }

    private List<String> ask(JobTransition submission, String replaced) {
        Duration time = submission.uniqueTime();
        return redis.execute(
                RESERVE,
                List.of(KEY),
                submission.field("unique"),
                submission.job().id(),
                submission.field("uniqueFor"),
                time == null ? "" : Long.toString(time.toMillis()),
                replaced);
    }

    private boolean isStored(String id) {
        return isAccepted(hashes.states(List.of(id)).get(0));
    }

    private static boolean isAccepted(JobState state) {
        return state != JobState.NEW && state != JobState.WITHDRAWN;
    }

    /** Removes keys whose job is over, of some at each call. Called by a timer. */
    public synchronized void maintain() {
        List<String> reply = redis.execute(SCAN, List.of(KEY), cursor, Integer.toString(SCANNED));
        cursor = reply.get(0);
        long now = Long.parseLong(reply.get(1));
        List<Entry> entries = new ArrayList<>();
        for (int i = 3; i < reply.size(); i += 2) {
            entries.add(Entry.parse(reply.get(i)));
        }
        List<Map<String, String>> read =
                hashes.fields(entries.stream().map(Entry::id).toList(), FIELDS);
        List<Object> over = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            boolean timed = Character.isDigit(entry.period().charAt(0));
            if (timed ? Long.parseLong(entry.period()) < now : entry.isOver(read.get(i), now - entry.asked())) {
                over.add(reply.get(2 + 2 * i));
                over.add(reply.get(3 + 2 * i));
            }
        }
        if (!over.isEmpty()) {
            redis.execute(REMOVE, List.of(KEY), over.toArray());
        }
    }

    @SuppressWarnings("unchecked")
    private static RedisScript<List<String>> script(String text) {
        return (RedisScript<List<String>>) (RedisScript<?>) new DefaultRedisScript<>(text, List.class);
    }
}
