package dev.caravan.job;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.Delay;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.apache.commons.pool2.impl.GenericObjectPoolConfig;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettucePoolingClientConfiguration;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.StringRedisTemplate;
import redis.embedded.RedisServer;

/**
 * A Redis for the tests of one class, empty before each, and a connection to it as {@link JobRedis} and
 * {@code application.yaml} make it.
 */
final class TestRedis implements BeforeAllCallback, BeforeEachCallback, AfterAllCallback {
    private static final String HOST = "127.0.0.1";
    /** Below the range from which systems take the ports of outgoing connections: it stays free while Redis is down. */
    private static final int LOWEST_PORT = 20_000;

    private static final int HIGHEST_PORT = 32_000;

    private final int port = freePort();
    private RedisServer server;
    private ClientResources resources;
    private LettuceConnectionFactory connections;
    private StringRedisTemplate template;

    @Override
    public void beforeAll(ExtensionContext context) {
        start();
        resources = DefaultClientResources.builder()
                .ioThreadPoolSize(2)
                .computationThreadPoolSize(2)
                .reconnectDelay(
                        () -> Delay.exponential(Duration.ofMillis(50), Duration.ofSeconds(1), 2, TimeUnit.MILLISECONDS))
                .build();
        GenericObjectPoolConfig<Object> pool = new GenericObjectPoolConfig<>();
        pool.setMaxTotal(16);
        pool.setMaxIdle(16);
        pool.setMaxWait(Duration.ofSeconds(2));
        LettucePoolingClientConfiguration configuration = LettucePoolingClientConfiguration.builder()
                .clientResources(resources)
                .clientOptions(ClientOptions.builder()
                        .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                        .requestQueueSize(50_000)
                        .build())
                .commandTimeout(Duration.ofSeconds(2))
                .poolConfig(cast(pool))
                .build();
        connections = new LettuceConnectionFactory(new RedisStandaloneConfiguration(HOST, port), configuration);
        new JobRedis().flushOncePerPipeline().postProcessBeforeInitialization(connections, "redisConnectionFactory");
        connections.afterPropertiesSet();
        connections.start();
        template = new StringRedisTemplate(connections);
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static GenericObjectPoolConfig<io.lettuce.core.api.StatefulConnection<?, ?>> cast(
            GenericObjectPoolConfig<Object> pool) {
        return (GenericObjectPoolConfig) pool;
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        template.execute((RedisCallback<Void>) connection -> {
            connection.serverCommands().flushAll();
            return null;
        });
    }

    @Override
    public void afterAll(ExtensionContext context) {
        connections.destroy();
        resources.shutdown(0, 2, TimeUnit.SECONDS);
        stop();
    }

    /** Starts the server, empty, on the same port as before. */
    void start() {
        try {
            server = RedisServer.newRedisServer()
                    .port(port)
                    .bind(HOST)
                    .setting("save \"\"")
                    .setting("appendonly no")
                    .build();
            server.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Stops the server; what it held is lost. */
    void stop() {
        try {
            server.stop();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    StringRedisTemplate template() {
        return template;
    }

    Map<String, String> hash(String id) {
        return template.<String, String>opsForHash().entries(JobStore.HASH + id);
    }

    void put(String id, Map<String, String> fields) {
        template.opsForHash().putAll(JobStore.HASH + id, fields);
    }

    /** How long the hash of a job is kept on, in milliseconds; -1: for ever. */
    long expiry(String id) {
        return template.getExpire(JobStore.HASH + id, TimeUnit.MILLISECONDS);
    }

    /** The score of a job in one of the sorted sets, or null. */
    Double score(String set, String id) {
        return template.opsForZSet().score(set, id);
    }

    private static int freePort() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST_PORT, HIGHEST_PORT);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException e) {
                continue;
            }
        }
    }
}
