package dev.caravan.job.store;

import java.util.List;
import java.util.function.Consumer;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.RedisConnectionFailureException;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.jedis.JedisConnection;
import redis.clients.jedis.exceptions.JedisConnectionException;

/**
 * A connection to Redis that is not given back to the pool, which handlers and lists may have emptied. After a failure the
 * next use opens another one: it may be broken, or lead to a master that has become a replica. Not thread-safe.
 */
final class DedicatedConnection implements AutoCloseable {
    private final RedisConnectionFactory connections;
    private RedisConnection connection;

    DedicatedConnection(RedisConnectionFactory connections) {
        this.connections = connections;
    }

    /** Sends many commands in one round trip. Replies as bytes. Fails with a {@link DataAccessException} only. */
    List<Object> pipeline(Consumer<RedisConnection> commands) {
        try {
            if (connection == null) {
                connection = connections.getConnection();
            }
            return RedisPipeline.raw(connection, commands);
        } catch (RuntimeException e) {
            if (RedisPipeline.isCausedBy(e, "READONLY") && connection instanceof JedisConnection jedis) {
                jedis.getNativeConnection().getConnection().setBroken(); // not for the next owner either
            }
            close();
            if (isBroken(e)) {
                throw new RedisConnectionFailureException("The connection broke in a pipeline", e);
            }
            throw RedisPipeline.translated(connections, e);
        }
    }

    /** Spring Data says that a command was invalid, also if a connection that was lost before is what failed. */
    private static boolean isBroken(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof JedisConnectionException) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void close() {
        RedisConnection closed = connection;
        connection = null;
        if (closed != null) {
            closed.close();
        }
    }
}
