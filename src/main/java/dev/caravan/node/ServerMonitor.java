package dev.caravan.node;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.amqp.AmqpException;
import org.springframework.amqp.rabbit.connection.ConnectionFactory;
import org.springframework.boot.autoconfigure.amqp.RabbitConnectionDetails;
import org.springframework.boot.autoconfigure.data.redis.RedisConnectionDetails;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.RedisConnectionCommands;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.stereotype.Component;

/**
 * Checks the broker and Redis. Logs once when one of them stops responding, and once when it responds again. Thread-safe.
 */
@Component("serverMonitor")
public class ServerMonitor {
    private static final Logger LOG = LoggerFactory.getLogger(ServerMonitor.class);

    private final Map<String, Runnable> checks = new LinkedHashMap<>();
    private final Set<String> away = new HashSet<>();

    ServerMonitor(
            ConnectionFactory rabbit,
            RabbitConnectionDetails broker,
            StringRedisTemplate redis,
            RedisConnectionDetails store) {
        checks.put("RabbitMQ at " + addresses(broker), () -> {
            if (!rabbit.createConnection().isOpen()) {
                throw new AmqpException("the connection is lost");
            }
        });
        checks.put(
                "Redis at " + addresses(store),
                () -> redis.execute((RedisCallback<String>) RedisConnectionCommands::ping));
    }

    /** The servers that do not respond now. Takes as long as a connection attempt or a command of Redis may take. */
    synchronized List<String> away() {
        check();
        return checks.keySet().stream().filter(away::contains).toList();
    }

    /** Checks both: Redis by a PING; the broker by its connection, since the client knows when that is lost. */
    public synchronized void check() {
        checks.forEach((server, check) -> {
            try {
                check.run();
                if (away.remove(server)) {
                    LOG.info("{} responds again", server);
                }
            } catch (AmqpException | DataAccessException e) {
                if (away.add(server)) {
                    LOG.warn("Cannot connect to {}: {}", server, reason(e));
                }
                LOG.debug("Cannot connect to {}", server, e);
            }
        });
    }

    private static String reason(Throwable failure) {
        Throwable root = NestedExceptionUtils.getMostSpecificCause(failure);
        return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
    }

    static String addresses(RabbitConnectionDetails broker) {
        return broker.getAddresses().stream()
                .map(address -> address.host() + ":" + address.port())
                .collect(Collectors.joining(","));
    }

    /** Boot has an address for one that stands alone even if it is told of others. */
    static String addresses(RedisConnectionDetails redis) {
        List<RedisConnectionDetails.Node> nodes = new ArrayList<>();
        if (redis.getSentinel() != null) {
            nodes.addAll(redis.getSentinel().getNodes());
        } else if (redis.getCluster() != null) {
            nodes.addAll(redis.getCluster().getNodes());
        } else {
            return redis.getStandalone().getHost() + ":" + redis.getStandalone().getPort();
        }
        return nodes.stream().map(node -> node.host() + ":" + node.port()).collect(Collectors.joining(","));
    }
}
