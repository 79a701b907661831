package dev.caravan.broker;

import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.amqp.core.AmqpAdmin;
import org.springframework.amqp.core.Queue;

/** Declares queues again that somebody deleted while the connection held, which no reconnect would notice. */
public class TopologyKeeper {
    private static final Logger LOG = LoggerFactory.getLogger(TopologyKeeper.class);

    private final AmqpAdmin admin;
    private final List<Queue> queues;

    TopologyKeeper(AmqpAdmin admin, List<Queue> queues) {
        this.admin = admin;
        this.queues = queues;
    }

    /** @throws org.springframework.amqp.AmqpException if the broker does not answer */
    public void keep() {
        for (Queue queue : queues) {
            if (admin.getQueueInfo(queue.getName()) == null) {
                LOG.warn("Queue {} was deleted; it is declared again", queue.getName());
                admin.declareQueue(queue);
            }
        }
    }
}
