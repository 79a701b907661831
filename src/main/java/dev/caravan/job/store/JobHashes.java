package dev.caravan.job.store;

import static dev.caravan.job.store.RedisPipeline.bytes;

import dev.caravan.job.Job;
import dev.caravan.job.JobState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisPipelineException;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.stereotype.Component;

/**
 * Reads the hashes {@value #KEY}{@code <id>} of several jobs in one round trip, in the order of their ids. A job without a
 * hash, and a key that holds something else, reads as an empty map. Fails with a
 * {@link org.springframework.dao.DataAccessException} if Redis does not respond. Thread-safe.
 */
@Component
public class JobHashes {
    /** What the key of a hash begins with. */
    public static final String KEY = "Job:";

    /** Payloads that are read together; a larger one comes alone. */
    private static final long MAX_BYTES = 8 * 1024 * 1024;

    private static final byte[] PAYLOAD = bytes("payload");

    private final RedisPipeline pipeline;

    public JobHashes(StringRedisTemplate redis) {
        this.pipeline = new RedisPipeline(redis);
    }

    /** All fields. */
    @SuppressWarnings("unchecked")
    public List<Map<String, String>> all(Collection<String> ids) {
        return read(ids, (connection, id) -> connection.hashCommands().hGetAll(bytes(KEY + id))).stream()
                .map(hash -> hash == null ? Map.<String, String>of() : (Map<String, String>) hash)
                .toList();
    }

    /** These fields, as far as they exist. */
    public List<Map<String, String>> fields(Collection<String> ids, List<String> names) {
        return fields(ids, id -> names);
    }

    /** The fields that are named for each id, as far as they exist. */
    public List<Map<String, String>> fields(Collection<String> ids, Function<String, List<String>> names) {
        Map<List<String>, byte[][]> encoded = new IdentityHashMap<>(); // a few lists, for any number of ids
        List<Object> results = read(ids, (connection, id) -> connection
                .hashCommands()
                .hMGet(bytes(KEY + id), encoded.computeIfAbsent(names.apply(id), RedisPipeline::bytes)));
        List<Map<String, String>> hashes = new ArrayList<>(results.size());
        for (String id : ids) {
            List<?> values = (List<?>) results.get(hashes.size());
            Map<String, String> hash = new HashMap<>();
            for (int i = 0; values != null && i < values.size(); i++) {
                if (values.get(i) != null) {
                    hash.put(names.apply(id).get(i), (String) values.get(i));
                }
            }
            hashes.add(hash);
        }
        return hashes;
    }

    /** The states; NEW where there is no hash. */
    public List<JobState> states(Collection<String> ids) {
        return fields(ids, List.of("state", "status")).stream()
                .map(Job::stateOf)
                .toList();
    }

    /** The sizes of the payloads; 0 where there is none. */
    public List<Long> payloadBytes(Collection<String> ids) {
        return read(ids, (connection, id) -> connection.hashCommands().hStrLen(bytes(KEY + id), PAYLOAD)).stream()
                .map(size -> size == null ? 0 : (Long) size)
                .toList();
    }

    /** The first of these ids: as many as memory may hold with their payloads, and at least one. */
    public List<String> fitting(List<String> ids) {
        List<Long> sizes = payloadBytes(ids);
        long bytes = 0;
        for (int i = 0; i < ids.size(); i++) {
            bytes += sizes.get(i);
            if (bytes > MAX_BYTES && i > 0) {
                return ids.subList(0, i);
            }
        }
        return ids;
    }

    /** One reply for each id, null where something else than a hash lies under its key. */
    private List<Object> read(Collection<String> ids, BiConsumer<RedisConnection, String> command) {
        if (ids.isEmpty()) {
            return List.of();
        }
        try {
            return pipeline.text(connection -> ids.forEach(id -> command.accept(connection, id)));
        } catch (RedisPipelineException e) {
            if (!RedisPipeline.isCausedBy(e, "WRONGTYPE")) {
                throw e;
            }
            List<Object> results = new ArrayList<>();
            if (ids.size() == 1) {
                results.add(null);
            } else {
                ids.forEach(id -> results.addAll(read(List.of(id), command)));
            }
            return results;
        }
    }
}
