package dev.caravan.job.store;

import java.util.List;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;

/**
 * Since when Redis has lost nothing. A key holds that time; a Redis that has lost its data has lost the key, too, and gets a
 * new one. Thread-safe.
 */
final class Retained {
    static final String KEY = "caravan:jobs:since";

    private static final RedisScript<String> SINCE = RedisScript.of(
            """
            local time = redis.call('TIME')
            redis.call('SET', KEYS[1], string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)), 'NX')
            return redis.call('GET', KEYS[1])
            """,
            String.class);

    private final StringRedisTemplate redis;

    Retained(StringRedisTemplate redis) {
        this.redis = redis;
    }

    /** Begins a new time if Redis has lost its data. Fails with a {@link org.springframework.dao.DataAccessException}. */
    void mark() {
        redis.execute(SINCE, List.of(KEY));
    }

    /** Whether Redis has lost nothing since then, epoch milliseconds. Fails as {@link #mark} does. */
    boolean since(long time) {
        return Long.parseLong(redis.execute(SINCE, List.of(KEY))) <= time;
    }
}
