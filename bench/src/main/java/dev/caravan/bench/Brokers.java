package dev.caravan.bench;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import dev.caravan.bench.Processes.Child;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import redis.clients.jedis.Jedis;

/** RabbitMQ and Redis, as Debian packages them, on free ports of loopback. RabbitMQ writes to disk, Redis does not. */
final class Brokers {
    private static final String LOOPBACK = "127.0.0.1";

    final int rabbitPort = Processes.freePort();
    final int redisPort = Processes.freePort();
    private final Child rabbit;
    private final Child redis;

    Brokers(Processes processes) {
        int epmdPort = Processes.freePort();
        Child epmd = processes.start(
                "epmd", Map.of(), List.of("epmd", "-address", LOOPBACK, "-port", Integer.toString(epmdPort)));
        redis = processes.start(
                "redis",
                Map.of(),
                List.of(
                        "redis-server",
                        "--bind",
                        LOOPBACK,
                        "--port",
                        Integer.toString(redisPort),
                        "--save",
                        "",
                        "--appendonly",
                        "no"));
        epmd.awaitPort(epmdPort);
        // Not the command of that name on the path, which changes to the user of the package.
        rabbit = processes.start(
                "rabbitmq",
                environment(processes.folder("rabbitmq"), epmdPort),
                List.of("/usr/lib/rabbitmq/bin/rabbitmq-server"));
        redis.awaitPort(redisPort);
        rabbit.awaitPort(rabbitPort);
        rabbit.awaitLog("Server startup complete");
    }

    private Map<String, String> environment(Path folder, int epmdPort) {
        return Map.ofEntries(
                Map.entry("HOME", folder.toString()),
                Map.entry("ERL_EPMD_ADDRESS", LOOPBACK),
                Map.entry("ERL_EPMD_PORT", Integer.toString(epmdPort)),
                Map.entry("RABBITMQ_NODENAME", "bench" + rabbitPort + "@localhost"),
                Map.entry("RABBITMQ_NODE_IP_ADDRESS", LOOPBACK),
                Map.entry("RABBITMQ_NODE_PORT", Integer.toString(rabbitPort)),
                Map.entry("RABBITMQ_DIST_PORT", Integer.toString(Processes.freePort())),
                Map.entry("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1}"),
                Map.entry("RABBITMQ_MNESIA_BASE", folder.resolve("mnesia").toString()),
                Map.entry("RABBITMQ_LOG_BASE", folder.resolve("log").toString()),
                Map.entry("RABBITMQ_LOGS", "-"),
                Map.entry("RABBITMQ_PID_FILE", folder.resolve("pid").toString()),
                Map.entry("RABBITMQ_CONFIG_FILE", folder.resolve("none").toString()),
                Map.entry("RABBITMQ_CONF_ENV_FILE", folder.resolve("none").toString()),
                Map.entry(
                        "RABBITMQ_ENABLED_PLUGINS_FILE",
                        folder.resolve("plugins").toString()));
    }

    long rabbitPid() {
        return rabbit.pid();
    }

    long redisPid() {
        return redis.pid();
    }

    /** For example {@code RabbitMQ 3.10.8, Redis 7.0.15}. */
    String versions() {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost(LOOPBACK);
        factory.setPort(rabbitPort);
        try (Connection connection = factory.newConnection();
                Jedis jedis = new Jedis(LOOPBACK, redisPort)) {
            String redisVersion = jedis.info("server")
                    .lines()
                    .filter(line -> line.startsWith("redis_version:"))
                    .map(line -> line.substring(line.indexOf(':') + 1))
                    .findFirst()
                    .orElseThrow();
            return "RabbitMQ " + connection.getServerProperties().get("version") + ", Redis " + redisVersion;
        } catch (IOException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }
}
