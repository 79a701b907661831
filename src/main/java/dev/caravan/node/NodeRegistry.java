package dev.caravan.node;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.stereotype.Component;

/**
 * The register of the nodes that are alive, in Redis. Each node writes its state to a key named for its instance, which
 * expires {@value #ALIVE_SECONDS} seconds after its last heartbeat. A sorted set lists the instances. All keys have one
 * hash tag, so that one node of a Redis Cluster holds them.
 *
 * <p>A node that stops stays registered while its last jobs run, and then removes itself. The methods that take an exchange
 * set the headers for the command of Redis that follows in the route. Thread-safe.
 */
@Component("nodeRegistry")
public class NodeRegistry implements SmartLifecycle {
    /** The property of an exchange with the instances whose states were read, in their order. */
    static final String INSTANCES = "CaravanNodeInstances";

    private static final String REGISTER = "caravan:{nodes}";
    private static final String NODE = REGISTER + ":";
    static final long ALIVE_SECONDS = 6;
    /** How many nodes are read at the most. */
    private static final long MOST = 1000;
    /** Far more than the clocks of nodes differ by: the times in the register only serve to expire old instances. */
    private static final long EXPIRED_MILLIS = Duration.ofHours(1).toMillis();
    /** Stops after the routes, before Spring Data's connection to Redis. */
    private static final int PHASE = 1000;

    private static final Logger LOG = LoggerFactory.getLogger(NodeRegistry.class);

    private final StringRedisTemplate redis;
    private final LocalNode node;
    private volatile boolean running;
    private volatile Instant writtenAt;

    NodeRegistry(StringRedisTemplate redis, LocalNode node) {
        this.redis = redis;
        this.node = node;
    }

    /**
     * For SETEX: the state of this node, until the next heartbeats were missed.
     *
     * @param types of the jobs that it has handlers for
     */
    public void heartbeat(Exchange exchange, Collection<?> types) {
        Message message = exchange.getMessage();
        message.setHeader("CamelRedis.Key", NODE + node.instance());
        message.setHeader("CamelRedis.Value", node.state(types));
        message.setHeader("CamelRedis.Timeout", ALIVE_SECONDS);
    }

    /** For ZADD and ZREMRANGEBYSCORE: lists this instance, and expires those that were not listed for an hour. */
    public void register(Exchange exchange) {
        Message message = exchange.getMessage();
        long now = System.currentTimeMillis();
        message.setHeader("CamelRedis.Key", REGISTER);
        message.setHeader("CamelRedis.Value", node.instance());
        message.setHeader("CamelRedis.Score", (double) now);
        message.setHeader("CamelRedis.Start", 0L);
        message.setHeader("CamelRedis.End", now - EXPIRED_MILLIS);
    }

    /** Notes that Redis has taken this heartbeat. */
    public void confirm() {
        writtenAt = Instant.now();
    }

    /** When Redis took a heartbeat of this node last; null if it never did. */
    public Instant writtenAt() {
        return writtenAt;
    }

    /** For ZRANGE: all instances. */
    public void instances(Exchange exchange) {
        Message message = exchange.getMessage();
        message.setHeader("CamelRedis.Key", REGISTER);
        message.setHeader("CamelRedis.Start", -MOST); // the newest ones
        message.setHeader("CamelRedis.End", -1L);
    }

    /** For MGET: the states of these instances. */
    public void states(Exchange exchange, @Body Collection<?> instances) {
        List<String> keys = instances.stream().map(instance -> NODE + instance).toList();
        exchange.setProperty(INSTANCES, instances);
        exchange.getMessage().setHeader("CamelRedis.Fields", keys);
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        try {
            redis.delete(NODE + node.instance());
            redis.opsForZSet().remove(REGISTER, node.instance());
        } catch (DataAccessException e) {
            LOG.debug("This node could not remove itself from the register: its key expires", e);
        }
        if (node.isStopping()) { // else it never started
            LOG.info("Stopped");
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }
}
