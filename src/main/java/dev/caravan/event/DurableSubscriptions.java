package dev.caravan.event;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.stereotype.Component;

/**
 * The durable subscriptions of all nodes: a sorted set in Redis, by the time when a node had one last. A node that publishes
 * and has none itself knows from it which queues there must be. Called by one timer.
 */
@Component
public class DurableSubscriptions {
    static final String KEY = "caravan:events:durable";
    /** How long a subscription counts that no node has; that of a route that was removed counts no longer. */
    private static final Duration KEPT = Duration.ofDays(7);

    private static final char SEPARATOR = ' ';

    private final StringRedisTemplate redis;
    private final EventQueues queues;

    DurableSubscriptions(StringRedisTemplate redis, EventQueues queues) {
        this.redis = redis;
        this.queues = queues;
    }

    /** Tells the other nodes of the subscriptions here, and this one of those there. */
    public void share() {
        long now = System.currentTimeMillis();
        Map<String, String> here = queues.durable();
        Set<String> ended = queues.ended();
        Map<String, String> all = new HashMap<>(here);
        here.forEach((name, key) -> redis.opsForZSet().add(KEY, name + SEPARATOR + key, now));
        redis.opsForZSet().removeRangeByScore(KEY, 0, now - KEPT.toMillis());
        for (String member : redis.opsForZSet().range(KEY, 0, -1)) {
            int end = Math.max(0, member.indexOf(SEPARATOR));
            String name = member.substring(0, end);
            String key = member.substring(end + 1);
            if (ended.contains(name) || !key.equals(here.getOrDefault(name, key))) {
                redis.opsForZSet().remove(KEY, member);
            } else {
                all.put(name, key);
            }
        }
        queues.share(all, ended);
    }
}
