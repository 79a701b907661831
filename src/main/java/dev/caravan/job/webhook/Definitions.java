package dev.caravan.job.webhook;

import com.google.gson.Gson;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.DefaultRedisScript;
import org.springframework.data.redis.core.script.RedisScript;

/**
 * What operators define of one kind, webhooks or hooks, with their secrets: a hash in Redis, by their names. Fails with a {@link
 * org.springframework.dao.DataAccessException} if Redis does not respond. Thread-safe.
 */
final class Definitions<T> {
    /** How many there may be: each webhook is asked about each job that ends. */
    static final int MOST = 100;

    private static final int MOST_TRIES = 10;
    private static final Gson JSON = new Gson();
    private static final RedisScript<String> REPLACE = new DefaultRedisScript<>(
            """
            local before = redis.call('HGET', KEYS[1], ARGV[1]) or ''
            if before ~= ARGV[2] then return 'CHANGED' end
            if ARGV[3] == '' then
              redis.call('HDEL', KEYS[1], ARGV[1])
            elseif before == '' and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) then
              return 'TOO_MANY'
            else
              redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
            end
            return 'DONE'
            """,
            String.class);

    private final StringRedisTemplate redis;
    private final String key;
    private final Class<T> kind;

    Definitions(StringRedisTemplate redis, String key, Class<T> kind) {
        this.redis = redis;
        this.key = key;
        this.kind = kind;
    }

    /** There are {@value #MOST} already. */
    static final class TooMany extends RuntimeException {
        private static final long serialVersionUID = 1;

        TooMany() {
            super("There are " + MOST + " already: delete one.");
        }
    }

    /** All by their names. */
    Map<String, T> all() {
        Map<String, T> all = new TreeMap<>();
        redis.<String, String>opsForHash().entries(key).forEach((name, text) -> all.put(name, parse(text)));
        return all;
    }

    /** Null if there is none of this name. */
    T read(String name) {
        return parse(redis.<String, String>opsForHash().get(key, name));
    }

    private T parse(String text) {
        return text == null ? null : JSON.fromJson(text, kind);
    }

    /**
     * Changes one, on top of whatever anybody else changes.
     *
     * @param change gets null if there is none of this name; what returns null deletes it
     * @return what it has become
     * @throws TooMany if there would be
     */
    T change(String name, UnaryOperator<T> change) {
        for (int i = 0; i < MOST_TRIES; i++) {
            String before = redis.<String, String>opsForHash().get(key, name);
            T after = change.apply(parse(before));
            String done = redis.execute(
                    REPLACE,
                    List.of(key),
                    name,
                    before == null ? "" : before,
                    after == null ? "" : JSON.toJson(after),
                    Integer.toString(MOST));
            if ("DONE".equals(done)) {
                return after;
            }
            if ("TOO_MANY".equals(done)) {
                throw new TooMany();
            }
        }
        throw new IllegalStateException(name + " in " + key + " is changed all the time");
    }
}
