package dev.caravan.job.limit;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import dev.caravan.job.JobTypes;
import dev.caravan.job.TypeLimits;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.stereotype.Component;

/**
 * The types that somebody has paused: no job of them begins on any node until they are resumed. A hash in Redis; each node reads
 * it every second, and goes by what it has read last. Thread-safe.
 */
@Component
public class PausedTypes {
    /** The key of the hash: by type, JSON of a {@link Pause}. */
    public static final String KEY = "caravan:jobs:paused";

    private static final Gson JSON = new Gson();

    private final StringRedisTemplate redis;
    private final JobTypes types;
    /** Null before they were read first. */
    private volatile Map<String, Pause> paused;

    public PausedTypes(StringRedisTemplate redis, JobTypes types) {
        this.redis = redis;
        this.types = types;
    }

    /**
     * @param by who has paused the type, or null if nobody had logged in
     * @param at when, ISO 8601
     */
    public record Pause(String by, String at) {}

    /** Reads them. Called by a timer. */
    public void refresh() {
        Map<String, Pause> read = new HashMap<>();
        redis.<String, String>opsForHash().entries(KEY).forEach((type, json) -> read.put(type, read(json)));
        paused = Map.copyOf(read);
    }

    private static Pause read(String json) {
        try {
            Pause pause = JSON.fromJson(json, Pause.class);
            return pause == null ? new Pause(null, null) : pause;
        } catch (JsonParseException e) { // whatever it says, it is there
            return new Pause(null, null);
        }
    }

    /** The limits of a type as they are now. */
    TypeLimits limits(String type) {
        TypeLimits limits = types.of(type).limits();
        return all().containsKey(type) ? limits.paused() : limits;
    }

    /** Those that are paused, by type. Asks Redis if the timer has not yet: no job begins before. */
    public Map<String, Pause> all() {
        if (paused == null) {
            refresh();
        }
        return paused;
    }

    /** Returns whether it was not paused before; who has paused it first is kept. */
    public boolean pause(String type, String by) {
        boolean first = redis.opsForHash()
                .putIfAbsent(KEY, type, JSON.toJson(new Pause(by, Instant.now().toString())));
        refresh();
        return first;
    }

    /** Returns whether it was paused. */
    public boolean resume(String type) {
        boolean was = redis.opsForHash().delete(KEY, type) > 0;
        refresh();
        return was;
    }
}
