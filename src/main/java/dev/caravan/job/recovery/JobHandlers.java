package dev.caravan.job.recovery;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.DefaultRedisScript;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.stereotype.Component;

/**
 * The types of jobs for which a node that is alive has a handler: a sorted set in Redis, by the time when a node said so
 * last. Clock: Redis' own, so that all nodes agree. Thread-safe.
 */
@Component
public class JobHandlers {
    static final String KEY = "caravan:jobs:handlers";
    /** Three announcements: as long as a node without a heartbeat counts as alive. */
    static final Duration ALIVE = Duration.ofSeconds(6);

    private static final RedisScript<Void> ANNOUNCE = new DefaultRedisScript<>(
            DueEntries.NOW
                    + """
            redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - ARGV[1]))
            for i = 2, #ARGV do redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[i]) end
            redis.call('PEXPIRE', KEYS[1], ARGV[1])
            """,
            Void.class);

    private static final RedisScript<List<String>> READ = DueEntries.listScript(DueEntries.NOW
            + "return redis.call('ZRANGEBYSCORE', KEYS[1], string.format('%.0f', now - ARGV[1]), '+inf')");

    private final StringRedisTemplate redis;

    public JobHandlers(StringRedisTemplate redis) {
        this.redis = redis;
    }

    /** This node has handlers for these types. Called by a timer. */
    public void announce(Collection<String> types) {
        List<String> arguments = new ArrayList<>(types.size() + 1);
        arguments.add(Long.toString(ALIVE.toMillis()));
        arguments.addAll(types);
        redis.execute(ANNOUNCE, List.of(KEY), arguments.toArray());
    }

    /** The types that can run on some node. */
    public Set<String> alive() {
        return Set.copyOf(redis.execute(READ, List.of(KEY), Long.toString(ALIVE.toMillis())));
    }
}
