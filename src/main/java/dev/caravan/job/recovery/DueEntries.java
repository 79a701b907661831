package dev.caravan.job.recovery;

import dev.caravan.job.store.JobHashes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.DefaultRedisScript;
import org.springframework.data.redis.core.script.RedisScript;

/**
 * Takes entries from the sorted sets that say which jobs to look at, and when. The score tells where to look; the hash of the
 * job decides. All times are those of Redis, in epoch milliseconds, so the clocks of nodes do not matter. Thread-safe.
 */
final class DueEntries {
    /** How many entries are taken at a time. */
    static final int BATCH = 1000;
    /** When a job need not be looked at any more. */
    static final long NEVER = Long.MAX_VALUE;

    private static final List<String> FIELDS =
            List.of("state", "status", "until", "updatedAt", "buried", "errorType", "attempt", "expiresAt");

    /** For a script: the time of Redis, epoch milliseconds, as {@code now}. */
    static final String NOW =
            """
            local time = redis.call('TIME')
            local now = time[1] * 1000 + math.floor(time[2] / 1000)
            """;

    /** Puts the entries that are due off. The half tells such a score from all others. One key, so a cluster can run it. */
    private static final RedisScript<List<String>> TAKE = listScript(
            NOW
                    + """
            local upTo = math.min(now, tonumber(ARGV[1]) or now)
            local hidden = string.format('%.1f', now + ARGV[2] + 0.5)
            local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.1f', upTo), 'LIMIT', 0, ARGV[3])
            for _, id in ipairs(due) do redis.call('ZADD', KEYS[1], hidden, id) end
            table.insert(due, 1, hidden)
            table.insert(due, 1, string.format('%.0f', now))
            return due
            """);

    /** Sets other scores, or removes, but only what has the score of the taking still: a transition may have added it again. */
    private static final RedisScript<List<String>> SETTLE = listScript(
            """
            for i = 2, #ARGV, 2 do
              local score = redis.call('ZSCORE', KEYS[1], ARGV[i])
              if score and tonumber(score) == tonumber(ARGV[1]) then
                if ARGV[i + 1] == '' then
                  redis.call('ZREM', KEYS[1], ARGV[i])
                else
                  redis.call('ZADD', KEYS[1], ARGV[i + 1], ARGV[i])
                end
              end
            end
            return {}
            """);

    private final StringRedisTemplate redis;
    private final JobHashes hashes;

    DueEntries(StringRedisTemplate redis, JobHashes hashes) {
        this.redis = redis;
        this.hashes = hashes;
    }

    /** The time of Redis. */
    long now() {
        return redis.execute(
                (RedisCallback<Long>) connection -> connection.serverCommands().time(TimeUnit.MILLISECONDS));
    }

    /**
     * What was taken.
     *
     * @param now the time of Redis
     * @param due the hashes of the jobs that are due, by id
     * @param more whether more may be due
     */
    record Taken(long now, Map<String, Map<String, String>> due, boolean more) {}

    /**
     * Takes up to {@value #BATCH} entries, the earliest first, and hides them from other nodes. Corrects those that are not
     * due by their hash.
     *
     * @param upTo latest time that is due; at most the time of Redis counts
     * @param hidden how long no other node takes what is due
     * @param when a job must be looked at, by its hash; {@link #NEVER} if it need not
     */
    Taken take(String key, long upTo, Duration hidden, ToLongFunction<Map<String, String>> when) {
        List<String> reply = redis.execute(
                TAKE,
                List.of(key),
                upTo == NEVER ? "" : Long.toString(upTo),
                Long.toString(hidden.toMillis()),
                Integer.toString(BATCH));
        long now = Long.parseLong(reply.get(0));
        List<String> ids = reply.subList(2, reply.size());
        if (ids.isEmpty()) {
            return new Taken(now, Map.of(), false);
        }
        Map<String, Long> others = new LinkedHashMap<>();
        List<String> due = due(ids, Math.min(now, upTo), when, others);
        List<String> first = hashes.fitting(due);
        due.subList(first.size(), due.size()).forEach(id -> others.put(id, Math.min(now, upTo)));
        settle(key, reply.get(1), others);
        Map<String, Map<String, String>> read = new LinkedHashMap<>();
        List<Map<String, String>> all = hashes.all(first);
        for (int i = 0; i < first.size(); i++) {
            if (when.applyAsLong(all.get(i)) <= Math.min(now, upTo)) { // no transition came in between
                read.put(first.get(i), all.get(i));
            }
        }
        return new Taken(now, read, ids.size() == BATCH || first.size() < due.size());
    }

    private List<String> due(
            List<String> ids, long upTo, ToLongFunction<Map<String, String>> when, Map<String, Long> others) {
        List<Map<String, String>> read = hashes.fields(ids, FIELDS);
        List<String> due = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            long at = when.applyAsLong(read.get(i));
            if (at <= upTo) {
                due.add(ids.get(i));
            } else {
                others.put(ids.get(i), at);
            }
        }
        return due;
    }

    private void settle(String key, String score, Map<String, Long> times) {
        if (times.isEmpty()) {
            return;
        }
        List<Object> arguments = new ArrayList<>(1 + 2 * times.size());
        arguments.add(score);
        times.forEach((id, at) -> {
            arguments.add(id);
            arguments.add(at == NEVER ? "" : Long.toString(at));
        });
        redis.execute(SETTLE, List.of(key), arguments.toArray());
    }

    @SuppressWarnings("unchecked")
    static RedisScript<List<String>> listScript(String text) {
        return (RedisScript<List<String>>) (RedisScript<?>) new DefaultRedisScript<>(text, List.class);
    }
}
