package dev.caravan.job.control;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.component.DaemonThreads;
import dev.caravan.job.JobAttempts;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.web.context.WebServerInitializedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.listener.ChannelTopic;
import org.springframework.data.redis.listener.RedisMessageListenerContainer;
import org.springframework.stereotype.Component;
import org.springframework.util.backoff.FixedBackOff;

/**
 * Tells this worker of the jobs that are cancelled while they run: {@code job-transition.lua} publishes their ids on {@value
 * #CHANNEL}. One connection to Redis, and a thread that waits. What is missed while that is lost comes with the next extension of
 * the lease, a quarter of {@code caravan.jobs.lease} later. Thread-safe.
 */
@Component
class Cancellations implements DisposableBean {
    static final String CHANNEL = "caravan:jobs:cancelled";
    private static final Logger LOG = LoggerFactory.getLogger(Cancellations.class);
    private static final int RECOVERY_MILLIS = 1000;

    private final RedisMessageListenerContainer container = new RedisMessageListenerContainer();
    private final boolean off;
    /** Null until it has started. */
    private ScheduledExecutorService starter;

    Cancellations(
            RedisConnectionFactory connections, JobAttempts attempts, @Value("${caravan.roles}") Set<String> roles) {
        this.off = !roles.contains("worker");
        container.setConnectionFactory(connections);
        container.setRecoveryBackoff(new FixedBackOff(RECOVERY_MILLIS, FixedBackOff.UNLIMITED_ATTEMPTS));
        container.setErrorHandler(failure -> LOG.warn("A cancellation was not taken", failure));
        container.addMessageListener(
                (message, pattern) -> attempts.cancel(new String(message.getBody(), UTF_8)), new ChannelTopic(CHANNEL));
        container.afterPropertiesSet();
    }

    /** When the node is one: a check of route files has no web server, and must not connect. Redis may be down: then it begins later. */
    @EventListener(WebServerInitializedEvent.class)
    synchronized void start() {
        if (!off) {
            starter = Executors.newSingleThreadScheduledExecutor(new DaemonThreads("caravan-cancellations"));
            starter.scheduleWithFixedDelay(this::begin, 0, RECOVERY_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private void begin() {
        try {
            container.start();
            starter.shutdown(); // from now on it recovers by itself
        } catch (RuntimeException e) {
            LOG.debug("Redis does not respond", e);
            container.stop();
        }
    }

    @Override
    public synchronized void destroy() {
        if (starter != null) {
            starter.shutdownNow();
            container.stop();
        }
    }
}
