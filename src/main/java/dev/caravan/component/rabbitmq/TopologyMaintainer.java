package dev.caravan.component.rabbitmq;

import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.amqp.core.AmqpAdmin;
import org.springframework.amqp.core.Queue;

/**
 * Asks the broker for the depths of the durable queues, and declares everything again after somebody deleted a queue
 * while the connection held, which no reconnect would notice. Thread-safe.
 */
public class TopologyMaintainer {
    private static final Logger LOG = LoggerFactory.getLogger(TopologyMaintainer.class);

    private final AmqpAdmin admin;
    private final QueueDepths depths;
    private final Supplier<List<Queue>> durable;
    private volatile boolean incomplete;

    /** @param durable the durable queues that the modules want right now */
    TopologyMaintainer(AmqpAdmin admin, QueueDepths depths, Supplier<List<Queue>> durable) {
        this.admin = admin;
        this.depths = depths;
        this.durable = durable;
    }

    /** Makes the next {@link #maintain} declare everything: a declaration has failed. */
    public void declareAgain() {
        incomplete = true;
    }

    /** @throws org.springframework.amqp.AmqpException if the broker does not answer */
    public void maintain() {
        boolean declare = incomplete;
        incomplete = false;
        for (String missing :
                depths.ask(durable.get().stream().map(Queue::getName).toList())) {
            LOG.warn("Queue {} was deleted on the broker; Caravan declares it again", missing);
            declare = true;
        }
        if (declare) {
            admin.initialize(); // with all that is bound to them
        }
    }
}
