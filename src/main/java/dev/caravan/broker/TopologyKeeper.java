package dev.caravan.broker;

import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.amqp.core.AmqpAdmin;
import org.springframework.amqp.core.Queue;

/** Asks what waits in the queues, and declares those again that somebody deleted while the connection held, which no reconnect would notice. */
public class TopologyKeeper {
    private static final Logger LOG = LoggerFactory.getLogger(TopologyKeeper.class);

    private final AmqpAdmin admin;
    private final QueueDepths depths;
    private final List<Queue> queues;
    private final EventQueues events;

    TopologyKeeper(AmqpAdmin admin, QueueDepths depths, List<Queue> queues, EventQueues events) {
        this.admin = admin;
        this.depths = depths;
        this.queues = queues;
        this.events = events;
    }

    /** @throws org.springframework.amqp.AmqpException if the broker does not answer */
    public void keep() {
        boolean incomplete = events.wasIncomplete();
        List<String> names = Stream.concat(queues.stream(), events.lasting().stream())
                .map(Queue::getName)
                .toList();
        for (String missing : depths.ask(names)) {
            LOG.warn("Queue {} was deleted; it is declared again", missing);
            incomplete = true;
        }
        if (incomplete) {
            admin.initialize(); // with all that is bound to them
        }
    }
}
