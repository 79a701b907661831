package dev.caravan.job.webhook;

import com.google.gson.Gson;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.DefaultRedisScript;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.stereotype.Component;

/**
 * The webhooks in Redis, with their secrets: a hash {@value #KEY}. Fails with a {@link
 * org.springframework.dao.DataAccessException} if Redis does not respond. Thread-safe.
 */
@Component
class WebhookStore {
    static final String KEY = "caravan:webhooks";
    /** How many there may be: each is asked about each job that ends. */
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

    WebhookStore(StringRedisTemplate redis) {
        this.redis = redis;
    }

    /** There are {@value #MOST} already. */
    static final class TooMany extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** All by their names. */
    Map<String, Webhook> all() {
        Map<String, Webhook> all = new TreeMap<>();
        redis.<String, String>opsForHash().entries(KEY).forEach((name, text) -> all.put(name, read(text)));
        return all;
    }

    /** Null if there is none of this name. */
    Webhook read(Object name) {
        return read(redis.<String, String>opsForHash().get(KEY, name));
    }

    private static Webhook read(String text) {
        return text == null ? null : JSON.fromJson(text, Webhook.class);
    }

    /**
     * Changes one, on top of whatever anybody else changes.
     *
     * @param change gets null if there is none of this name; what returns null deletes it
     * @return what it has become
     * @throws TooMany if there would be
     */
    Webhook change(String name, UnaryOperator<Webhook> change) {
        for (int i = 0; i < MOST_TRIES; i++) {
            String before = redis.<String, String>opsForHash().get(KEY, name);
            Webhook after = change.apply(read(before));
            String done = redis.execute(
                    REPLACE,
                    List.of(KEY),
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
        throw new IllegalStateException("The webhook " + name + " is changed all the time");
    }
}
