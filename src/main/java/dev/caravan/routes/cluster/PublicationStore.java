package dev.caravan.routes.cluster;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.data.redis.core.HashOperations;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.DefaultRedisScript;
import org.springframework.data.redis.core.script.RedisScript;

/**
 * The publications of route files in Redis, and how far each node is. All keys have one hash tag, so that one node of a
 * Redis Cluster holds them. Times are by the clock of Redis. Each method fails with a {@link
 * org.springframework.dao.DataAccessException} if Redis does not respond. Thread-safe.
 *
 * <p>A publication is <em>prepared</em> first: its texts are there, and no other one can be prepared until it is committed,
 * is given up, or its time is over. From the commit on it is the current one.
 */
public final class PublicationStore {
    /** A node that has not been heard of for so long is away: nobody waits for it. */
    public static final Duration AWAY = Duration.ofSeconds(3);

    /** Characters of all texts of a publication together. */
    public static final int MAX_SIZE = 4 * 1024 * 1024;

    private static final String CURRENT = "caravan:{routes}";
    private static final String NODES = CURRENT + ":nodes";
    private static final String SEEN = CURRENT + ":seen";
    private static final String ABOUT = "";
    private static final Duration FORGOTTEN = Duration.ofHours(1);

    /** Drops a preparation whose time is over. */
    private static final String NOW =
            """
            local time = redis.call('TIME')
            local now = time[1] * 1000 + math.floor(time[2] / 1000)
            local prepared = redis.call('HMGET', KEYS[1], 'next', 'until')
            if prepared[1] and tonumber(prepared[2]) < now then
              redis.call('DEL', KEYS[1] .. ':' .. prepared[1])
              redis.call('HDEL', KEYS[1], 'next', 'until')
              prepared[1] = false
            end
            """;

    private static final RedisScript<List<?>> TICK = list(
            NOW
                    + """
            redis.call('ZADD', KEYS[3], now, ARGV[1])
            redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
            for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now - ARGV[3])) do
              redis.call('ZREM', KEYS[3], gone)
              redis.call('HDEL', KEYS[2], gone)
            end
            return {redis.call('HGET', KEYS[1], 'current') or '0', prepared[1] or '0'}
            """);

    private static final RedisScript<List<?>> NODES_ALIVE = list(
            NOW
                    + """
            local alive = redis.call('ZRANGEBYSCORE', KEYS[3], now - ARGV[1], '+inf')
            if #alive == 0 then return {} end
            return redis.call('HMGET', KEYS[2], unpack(alive))
            """);

    private static final RedisScript<String> PREPARE = text(
            NOW
                    + """
            if (redis.call('HGET', KEYS[1], 'current') or '0') ~= ARGV[1] then return 'BASE' end
            if prepared[1] then return 'BUSY' end
            if (redis.call('HGET', KEYS[1], 'last') or '0') ~= ARGV[2] then return 'BASE' end
            redis.call('DEL', KEYS[2])
            redis.call('HSET', KEYS[2], unpack(ARGV, 5))
            redis.call('HSET', KEYS[1], 'last', ARGV[3], 'next', ARGV[3], 'until', now + ARGV[4])
            return 'DONE'
            """);

    private static final RedisScript<String> COMMIT = text(
            NOW
                    + """
            if prepared[1] ~= ARGV[1] then return 'LATE' end
            redis.call('HSET', KEYS[1], 'current', ARGV[1])
            redis.call('HDEL', KEYS[1], 'next', 'until')
            redis.call('DEL', KEYS[2])
            return 'DONE'
            """);

    private static final RedisScript<String> GIVE_UP = text(
            """
            if redis.call('HGET', KEYS[1], 'next') ~= ARGV[1] then return 'LATE' end
            redis.call('HDEL', KEYS[1], 'next', 'until')
            redis.call('DEL', KEYS[2])
            return 'DONE'
            """);

    /** The first node, or all after Redis was emptied: one of them says what is current. */
    private static final RedisScript<String> SEED = text(
            """
            if redis.call('HEXISTS', KEYS[1], 'current') == 1 then return 'LATE' end
            redis.call('DEL', KEYS[2])
            redis.call('HSET', KEYS[2], unpack(ARGV, 2))
            redis.call('HSET', KEYS[1], 'current', ARGV[1], 'last', ARGV[1])
            return 'DONE'
            """);

    private final StringRedisTemplate redis;
    private final int kept;

    /** @param kept how many publications are kept, the current one included */
    public PublicationStore(StringRedisTemplate redis, int kept) {
        this.redis = redis;
        this.kept = kept;
    }

    /** What is known of a publication without its texts. */
    public record About(long number, long base, String by, String why, Instant at) {}

    /**
     * @param current the number of the publication that all nodes should run; 0 if Redis knows of none
     * @param next the number of the one that all should check; 0 if none is prepared
     */
    public record Tick(long current, long next) {}

    /** Why a publication was not prepared. */
    public enum Prepared {
        DONE,
        /** Another one is. */
        BUSY,
        /** The current one is not that which it was made from. */
        BASE
    }

    /** Tells how far a node is. */
    public Tick tick(String instance, NodeState state) {
        List<?> numbers = redis.execute(
                TICK,
                List.of(CURRENT, NODES, SEEN),
                instance,
                StoredJson.write(state),
                Long.toString(FORGOTTEN.toMillis()));
        return new Tick(number(numbers.get(0)), number(numbers.get(1)));
    }

    /** Forgets a node that stops: nobody waits for it any more. */
    public void leave(String instance) {
        redis.opsForZSet().remove(SEEN, instance);
        redis.opsForHash().delete(NODES, instance);
    }

    /** How far the nodes are that have been heard of lately, by their names. */
    public List<NodeState> nodes() {
        List<NodeState> nodes = new ArrayList<>();
        for (Object state : redis.execute(NODES_ALIVE, List.of(CURRENT, NODES, SEEN), Long.toString(AWAY.toMillis()))) {
            if (state != null) {
                nodes.add(StoredJson.read(state.toString(), NodeState.class));
            }
        }
        nodes.sort((one, other) -> one.name().compareTo(other.name()));
        return nodes;
    }

    /** The number of the current publication; 0 if there is none. */
    public long current() {
        return number(redis.<String, String>opsForHash().get(CURRENT, "current"));
    }

    /** The number of the last one that was prepared. */
    public long last() {
        return number(redis.<String, String>opsForHash().get(CURRENT, "last"));
    }

    /**
     * Prepares a publication.
     *
     * @param publication its number is one more than {@link #last()}
     * @param time until it must be committed
     */
    public Prepared prepare(Publication publication, Duration time) {
        List<String> arguments = new ArrayList<>(List.of(
                Long.toString(publication.base()),
                Long.toString(publication.number() - 1),
                Long.toString(publication.number()),
                Long.toString(time.toMillis())));
        arguments.addAll(fields(publication));
        return Prepared.valueOf(
                redis.execute(PREPARE, List.of(CURRENT, key(publication.number())), arguments.toArray()));
    }

    /** Makes a prepared publication the current one; false if its time was over. */
    public boolean commit(long number) {
        return "DONE".equals(redis.execute(COMMIT, List.of(CURRENT, key(number - kept)), Long.toString(number)));
    }

    /** Ends a preparation without a change. */
    public void giveUp(long number) {
        redis.execute(GIVE_UP, List.of(CURRENT, key(number)), Long.toString(number));
    }

    /** Makes it the current one, if there is none; false if there is one. */
    public boolean seed(Publication publication) {
        List<String> arguments = new ArrayList<>(List.of(Long.toString(publication.number())));
        arguments.addAll(fields(publication));
        return "DONE".equals(redis.execute(SEED, List.of(CURRENT, key(publication.number())), arguments.toArray()));
    }

    /** One that is kept; null if it is not. */
    public Publication read(long number) {
        Map<String, String> fields = redis.<String, String>opsForHash().entries(key(number));
        if (fields.isEmpty()) {
            return null;
        }
        Map<String, String> files = new TreeMap<>(fields);
        About about = StoredJson.read(files.remove(ABOUT), About.class);
        return new Publication(number, about.base(), about.by(), about.why(), about.at(), files);
    }

    /** Those that are kept and were current once, the newest first. */
    public List<About> all() {
        HashOperations<String, String, String> hashes = redis.opsForHash();
        List<About> all = new ArrayList<>();
        long current = current();
        for (long number = current; number > Math.max(0, current - kept); number--) {
            String about = hashes.get(key(number), ABOUT);
            if (about != null) {
                all.add(StoredJson.read(about, About.class));
            }
        }
        return all;
    }

    private static List<String> fields(Publication publication) {
        List<String> fields = new ArrayList<>();
        fields.add(ABOUT);
        fields.add(StoredJson.write(new About(
                publication.number(), publication.base(), publication.by(), publication.why(), publication.at())));
        publication.files().forEach((name, text) -> {
            fields.add(name);
            fields.add(text);
        });
        return fields;
    }

    private static String key(long number) {
        return CURRENT + ":" + number;
    }

    private static long number(Object text) {
        return text == null ? 0 : Long.parseLong(text.toString());
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static RedisScript<List<?>> list(String lua) {
        return (RedisScript) new DefaultRedisScript<>(lua, List.class);
    }

    private static RedisScript<String> text(String lua) {
        return new DefaultRedisScript<>(lua, String.class);
    }
}
