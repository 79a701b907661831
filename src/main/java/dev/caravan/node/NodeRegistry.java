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
 * Where nodes write down that they are alive: each has a key of its own, named for its instance, which Redis forgets when
 * it was not written again for {@value #ALIVE_SECONDS} seconds. A sorted set says which keys there may be. All of them
 * have one hash tag, so that one node of a Redis Cluster holds them.
 *
 * <p>A node that stops is there for as long as it works its last jobs, and then takes itself out.
 */
@Component("nodeRegistry")
public class NodeRegistry implements SmartLifecycle {
    /** The property of an exchange that has the places whose nodes were asked for. */
    static final String INSTANCES = "CaravanNodeInstances";

    static final String PLACES = "caravan:{nodes}";
    private static final String NODE = PLACES + ":";
    static final long ALIVE_SECONDS = 6;
    /** How many nodes are looked at. */
    private static final long MOST = 1000;
    /** The clocks of nodes may differ: theirs say only which places are too old to look at. */
    private static final long FORGOTTEN_MILLIS = Duration.ofHours(1).toMillis();
    /** After the routes have stopped, before Spring Data lets go of Redis. */
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

    /** Says what is to be written of this node, and for how long. */
    public void beat(Exchange exchange) {
        Message message = exchange.getMessage();
        message.setHeader("CamelRedis.Key", NODE + node.instance());
        message.setHeader("CamelRedis.Value", node.said());
        message.setHeader("CamelRedis.Timeout", ALIVE_SECONDS);
    }

    /** Says where others find that, and which places are so old that nobody needs to look there. */
    public void place(Exchange exchange) {
        Message message = exchange.getMessage();
        long now = System.currentTimeMillis();
        message.setHeader("CamelRedis.Key", PLACES);
        message.setHeader("CamelRedis.Value", node.instance());
        message.setHeader("CamelRedis.Score", (double) now);
        message.setHeader("CamelRedis.Start", 0L);
        message.setHeader("CamelRedis.End", now - FORGOTTEN_MILLIS);
    }

    /** To be called when all of this is written. */
    public void written() {
        writtenAt = Instant.now();
    }

    /** When this node was last written down; null if it never was. */
    public Instant writtenAt() {
        return writtenAt;
    }

    /** Asks for all places. */
    public void places(Exchange exchange) {
        Message message = exchange.getMessage();
        message.setHeader("CamelRedis.Key", PLACES);
        message.setHeader("CamelRedis.Start", -MOST); // the newest
        message.setHeader("CamelRedis.End", -1L);
    }

    /** Asks for what is written there. */
    public void keys(Exchange exchange, @Body Collection<?> instances) {
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
            redis.opsForZSet().remove(PLACES, node.instance());
        } catch (DataAccessException e) {
            LOG.debug("Redis forgets this node by itself", e);
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
