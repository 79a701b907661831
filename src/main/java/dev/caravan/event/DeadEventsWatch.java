package dev.caravan.event;

import dev.caravan.component.rabbitmq.QueueDepths;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Warns when the queue of dead events grows. A broker tells nobody that it drops the oldest events of a subscription whose
 * queue is full: by policy it moves them there. One timer calls this.
 */
@Component
public class DeadEventsWatch {
    private static final Logger LOG = LoggerFactory.getLogger(DeadEventsWatch.class);
    private static final long QUIET_NANOS = Duration.ofMinutes(1).toNanos();

    private final QueueDepths depths;
    private final String queue;
    private long known = -1;
    private long warnedAt = System.nanoTime() - QUIET_NANOS;

    DeadEventsWatch(QueueDepths depths, EventSettings settings) {
        this.depths = depths;
        this.queue = settings.deadQueue();
    }

    /** Compares the latest sample of the queue with the one before; warns at most once a minute. */
    public void check() {
        long now = depths.latest().queue(queue).map(QueueDepths.Depth::messages).orElse(known);
        if (known >= 0 && now > known && System.nanoTime() - warnedAt >= QUIET_NANOS) {
            warnedAt = System.nanoTime();
            LOG.warn(
                    "{} more events are on the queue {}: a durable subscription has failed on them (header"
                            + " subscription), or its queue is full and the broker has dropped its oldest (header"
                            + " x-first-death-queue)",
                    now - known,
                    queue);
        }
        known = now;
    }
}
