package dev.caravan.routes.cluster;

import dev.caravan.routes.figures.RevisionFigures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;

/**
 * The figures of routes on each node, in Redis: a hash for each node, which expires when the node tells no more. All keys have one
 * hash tag, so that one node of a Redis Cluster holds them. Each method fails with a {@link
 * org.springframework.dao.DataAccessException} if Redis does not respond. Thread-safe.
 */
public final class FiguresStore {
    static final String NODES = "caravan:{routes}:figures";
    private static final Duration FORGOTTEN = Duration.ofMinutes(1);
    /** How many routes are told at a time. */
    private static final int MOST = 200;

    private static final RedisScript<Long> TELL = RedisScript.of(
            """
            local now = redis.call('TIME')[1]
            redis.call('ZADD', KEYS[1], now, ARGV[1])
            redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
            redis.call('EXPIRE', KEYS[1], ARGV[2])
            local known = redis.call('EXISTS', KEYS[2])
            for i = 3, #ARGV, 2 do
              if ARGV[i + 1] == '' then
                redis.call('HDEL', KEYS[2], ARGV[i])
              else
                redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
              end
            end
            redis.call('EXPIRE', KEYS[2], ARGV[2])
            return known
            """,
            Long.class);

    private static final RedisScript<List<?>> OTHERS = list(
            """
            local found = {}
            for _, instance in ipairs(redis.call('ZRANGE', KEYS[1], 0, 999)) do
              if instance ~= ARGV[2] then
                local figures = redis.call('HGET', KEYS[1] .. ':' .. instance, ARGV[1])
                if figures then found[#found + 1] = figures end
              end
            end
            return found
            """);

    private final StringRedisTemplate redis;

    public FiguresStore(StringRedisTemplate redis) {
        this.redis = redis;
    }

    @SuppressWarnings("unchecked")
    private static RedisScript<List<?>> list(String script) {
        return (RedisScript<List<?>>) (RedisScript<?>) RedisScript.of(script, List.class);
    }

    /**
     * Tells figures that have changed, and that the node is alive.
     *
     * @param changed by the ids of routes; empty for a route that is gone
     * @return whether Redis still had those that were told before
     */
    public boolean tell(String instance, String node, Map<String, List<RevisionFigures>> changed) {
        List<String> keys = List.of(NODES, NODES + ':' + instance);
        List<String> arguments = new ArrayList<>();
        boolean known = true;
        boolean isFirst = true;
        var left = changed.entrySet().iterator();
        do {
            arguments.clear();
            arguments.add(instance);
            arguments.add(Long.toString(FORGOTTEN.toSeconds()));
            for (int i = 0; i < MOST && left.hasNext(); i++) {
                var route = left.next();
                arguments.add(route.getKey());
                arguments.add(
                        route.getValue().isEmpty() ? "" : StoredJson.write(new NodeFigures(node, route.getValue())));
            }
            boolean before = redis.execute(TELL, keys, arguments.toArray()) == 1;
            known = isFirst ? before : known;
            isFirst = false;
        } while (left.hasNext());
        return known;
    }

    /** Those of a route on the nodes that have told some within a minute, but for one of them. */
    public List<NodeFigures> others(String route, String instance) {
        return redis.execute(OTHERS, List.of(NODES), route, instance).stream()
                .map(text -> StoredJson.read(text.toString(), NodeFigures.class))
                .toList();
    }
}
