package dev.caravan.routes.cluster;

import java.util.Comparator;
import java.util.List;
import org.springframework.data.redis.core.HashOperations;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.DefaultRedisScript;
import org.springframework.data.redis.core.script.RedisScript;

/**
 * The drafts of publications in Redis, with the hash tag of {@link PublicationStore}. Each method fails with a {@link
 * org.springframework.dao.DataAccessException} if Redis does not respond. Thread-safe.
 */
public final class DraftStore {
    /** How many drafts there may be. */
    public static final int MAX = 100;

    /** Characters of all texts of a draft together. */
    public static final int MAX_SIZE = 1024 * 1024;

    private static final String DRAFTS = "caravan:{routes}:drafts";
    private static final String DRAFT = "caravan:{routes}:draft:";

    private static final RedisScript<Boolean> PUT = script(
            """
            if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) then
              return false
            end
            redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
            redis.call('SET', KEYS[2], ARGV[3])
            return true
            """);

    private static final RedisScript<Boolean> REMOVE = script(
            """
            local about = redis.call('HGET', KEYS[1], ARGV[1])
            if not about or ARGV[2] ~= '' and cjson.decode(about).revision ~= ARGV[2] then return false end
            redis.call('HDEL', KEYS[1], ARGV[1])
            redis.call('DEL', KEYS[2])
            return true
            """);

    private final StringRedisTemplate redis;

    public DraftStore(StringRedisTemplate redis) {
        this.redis = redis;
    }

    /** Stores a draft, instead of one of the same name; false if there are {@link #MAX} others. */
    public boolean put(Draft draft) {
        return redis.execute(
                PUT,
                keys(draft.name()),
                draft.name(),
                StoredJson.write(draft.about()),
                StoredJson.write(draft),
                Integer.toString(MAX));
    }

    /** Null if there is none of this name. */
    public Draft read(String name) {
        String text = redis.opsForValue().get(DRAFT + name);
        return text == null ? null : StoredJson.read(text, Draft.class);
    }

    /** All by their names. */
    public List<Draft.About> all() {
        HashOperations<String, String, String> hashes = redis.opsForHash();
        return hashes.values(DRAFTS).stream()
                .map(about -> StoredJson.read(about, Draft.About.class))
                .sorted(Comparator.comparing(Draft.About::name))
                .toList();
    }

    /** Removes a draft; false if there is none. */
    public boolean remove(String name) {
        return remove(name, "");
    }

    /** Removes a draft unless it was stored anew; false if there is none of this revision. */
    public boolean remove(String name, String revision) {
        return redis.execute(REMOVE, keys(name), name, revision);
    }

    private static List<String> keys(String name) {
        return List.of(DRAFTS, DRAFT + name);
    }

    private static RedisScript<Boolean> script(String lua) {
        return new DefaultRedisScript<>(lua, Boolean.class);
    }
}
