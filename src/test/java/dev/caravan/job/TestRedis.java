package dev.caravan.job;

import dev.caravan.component.DaemonThreads;
import dev.caravan.component.batch.AdaptiveExecutor;
import dev.caravan.fixture.Ports;
import dev.caravan.job.store.JobHashes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.jedis.JedisClientConfiguration;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.StringRedisTemplate;
import redis.clients.jedis.JedisPoolConfig;
import redis.embedded.RedisServer;

/**
 * A Redis for the tests of one class, empty before each, and a connection to it as
 * {@code application.yaml} makes it.
 */
public final class TestRedis implements BeforeAllCallback, BeforeEachCallback, AfterAllCallback {
    private static final String HOST = "127.0.0.1";

    private final int port = Ports.free();
    private RedisServer server;
    private JedisConnectionFactory connections;
    private StringRedisTemplate template;
    private AdaptiveExecutor executor;
    private boolean stopped;

    @Override
    public void beforeAll(ExtensionContext context) {
        start();
        JedisPoolConfig pool = new JedisPoolConfig();
        pool.setMaxTotal(16);
        pool.setMaxIdle(16);
        pool.setMaxWait(Duration.ofSeconds(2));
        pool.setTimeBetweenEvictionRuns(Duration.ofSeconds(1));
        JedisClientConfiguration configuration = JedisClientConfiguration.builder()
                .connectTimeout(Duration.ofSeconds(1))
                .readTimeout(Duration.ofSeconds(2))
                .usePooling()
                .poolConfig(pool)
                .build();
        connections = new JedisConnectionFactory(new RedisStandaloneConfiguration(HOST, port), configuration);
        connections.afterPropertiesSet();
        connections.start();
        template = new StringRedisTemplate(connections);
        executor = new AdaptiveExecutor(Integer.MAX_VALUE, Duration.ofMillis(5), new DaemonThreads("test-batch"));
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        if (stopped) { // by a test: the connections that wait in the pool are broken
            connections.stop();
            connections.start();
            stopped = false;
        }
        template.execute((RedisCallback<Void>) connection -> {
            connection.serverCommands().flushAll();
            return null;
        });
    }

    @Override
    public void afterAll(ExtensionContext context) {
        executor.close();
        connections.destroy();
        stop();
    }

    public int port() {
        return port;
    }

    /** Starts the server, empty, on the same port as before. */
    public void start() {
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
    public void stop() {
        stopped = true;
        try {
            server.stop();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public StringRedisTemplate template() {
        return template;
    }

    /** As the bean {@code batchExecutor} is. */
    public AdaptiveExecutor executor() {
        return executor;
    }

    public Map<String, String> hash(String id) {
        return template.<String, String>opsForHash().entries(JobHashes.KEY + id);
    }

    public void put(String id, Map<String, String> fields) {
        template.opsForHash().putAll(JobHashes.KEY + id, fields);
    }

    /** How long the hash of a job is kept on, in milliseconds; -1: for ever. */
    public long expiry(String id) {
        return template.getExpire(JobHashes.KEY + id, TimeUnit.MILLISECONDS);
    }

    /** The score of a job in one of the sorted sets, or null. */
    public Double score(String set, String id) {
        return template.opsForZSet().score(set, id);
    }
}
