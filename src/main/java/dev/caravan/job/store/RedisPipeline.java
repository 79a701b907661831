package dev.caravan.job.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.StringRedisTemplate;

/** Sends many commands to Redis in one round trip. Fails with a {@link DataAccessException} only. Thread-safe. */
public final class RedisPipeline {
    private final StringRedisTemplate redis;

    public RedisPipeline(StringRedisTemplate redis) {
        this.redis = redis;
    }

    /** Replies as text, for some commands. */
    public List<Object> text(Consumer<RedisConnection> commands) {
        return translated(() -> redis.executePipelined((RedisCallback<Void>) connection -> {
            commands.accept(connection);
            return null;
        }));
    }

    /** Replies as bytes, without what the template adds to each: a proxy for the connection, and text. */
    List<Object> raw(Consumer<RedisConnection> commands) {
        return translated(() -> {
            try (RedisConnection connection =
                    redis.getRequiredConnectionFactory().getConnection()) {
                return raw(connection, commands);
            }
        });
    }

    /** The same over a connection that is there. Fails with whatever Spring Data lets through. */
    static List<Object> raw(RedisConnection connection, Consumer<RedisConnection> commands) {
        connection.openPipeline();
        List<Object> replies;
        try {
            commands.accept(connection);
        } finally { // also after a failure: the next owner of the connection must not read these replies
            replies = connection.closePipeline();
        }
        return replies;
    }

    /** Spring Data lets a connection that breaks at the end of a pipeline through as the driver's own exception. */
    private List<Object> translated(Supplier<List<Object>> pipeline) {
        try {
            return pipeline.get();
        } catch (RuntimeException e) {
            throw translated(redis.getRequiredConnectionFactory(), e);
        }
    }

    static RuntimeException translated(RedisConnectionFactory connections, RuntimeException failure) {
        DataAccessException translated = failure instanceof DataAccessException known
                ? known
                : connections.translateExceptionIfPossible(failure);
        return translated == null ? failure : translated;
    }

    /** Whether Redis replied with this error, or one that was caused by it. */
    static boolean isCausedBy(Throwable failure, String error) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause.getMessage() != null && cause.getMessage().contains(error)) {
                return true;
            }
        }
        return false;
    }

    public static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    public static byte[][] bytes(Collection<String> texts) {
        return texts.stream().map(RedisPipeline::bytes).toArray(byte[][]::new);
    }

    static String text(Object bytes) {
        return new String((byte[]) bytes, UTF_8);
    }
}
