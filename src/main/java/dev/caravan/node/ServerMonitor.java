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
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.RedisConnectionCommands;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.stereotype.Component;

/** The broker and Redis by their addresses: logs once when one does not answer any more, and once when it does again. */
@Component("serverMonitor")
public class ServerMonitor {
    private static final Logger LOG = LoggerFactory.getLogger(ServerMonitor.class);

    private final Map<String, Runnable> questions = new LinkedHashMap<>();
    private final Set<String> away = new HashSet<>();

    ServerMonitor(
            ConnectionFactory rabbit,
            RabbitConnectionDetails broker,
            StringRedisTemplate redis,
            RedisConnectionDetails store) {
        questions.put("RabbitMQ at " + addresses(broker), () -> {
            if (!rabbit.createConnection().isOpen()) {
                throw new AmqpException("the connection is lost");
            }
        });
        questions.put(
                "Redis at " + addresses(store),
                () -> redis.execute((RedisCallback<String>) RedisConnectionCommands::ping));
    }

    /** Those that do not answer now. Takes as long as connecting may take, or as a command of Redis. */
    synchronized List<String> away() {
        look();
        return questions.keySet().stream().filter(away::contains).toList();
    }

    /** Asks both. A connection that is there is not asked about by a message: the client knows when it is lost. */
    public synchronized void look() {
        questions.forEach((server, question) -> {
            try {
                question.run();
                if (away.remove(server)) {
                    LOG.info("{} answers again", server);
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
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
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
