package dev.caravan.broker;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.amqp.AmqpException;
import org.springframework.amqp.core.Queue;
import org.springframework.amqp.rabbit.connection.Connection;
import org.springframework.amqp.rabbit.connection.ConnectionFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;

/**
 * Declares the queues before any route starts, to say plainly what differs on the broker: otherwise a queue with
 * other properties shows only as consumers that come and go. A broker that is down is no failure: declarations follow
 * with the first connection. Later a timer has them declared again and again, because somebody may delete one.
 */
public class TopologyCheck implements SmartInitializingSingleton {
    private static final Logger LOG = LoggerFactory.getLogger(TopologyCheck.class);

    private final ConnectionFactory connections;
    private final List<Queue> queues;

    TopologyCheck(ConnectionFactory connections, List<Queue> queues) {
        this.connections = connections;
        this.queues = queues;
    }

    /** @throws TopologyMismatch if a queue exists with other properties */
    @Override
    public void afterSingletonsInstantiated() {
        try {
            declare();
        } catch (AmqpException | IOException | TimeoutException e) {
            LOG.warn("The broker does not answer ({}); its queues are declared when it does", e.getMessage());
        }
    }

    /** Declares what was deleted. Never fails; called by a timer. */
    public void keep() {
        try {
            declare();
        } catch (TopologyMismatch e) {
            LOG.warn("{}", e.getMessage());
        } catch (AmqpException | IOException | TimeoutException e) {
            LOG.debug("The broker does not answer; the next connection declares what is missing", e);
        }
    }

    private void declare() throws IOException, TimeoutException {
        try (Connection connection = connections.createConnection()) {
            for (Queue queue : queues) {
                declare(connection.getDelegate(), queue);
            }
        }
    }

    private static void declare(com.rabbitmq.client.Connection connection, Queue queue)
            throws IOException, TimeoutException {
        try (Channel channel = connection.createChannel()) {
            channel.queueDeclare(queue.getName(), queue.isDurable(), queue.isExclusive(), queue.isAutoDelete(), null);
        } catch (IOException e) {
            if (e.getCause() instanceof ShutdownSignalException shutdown
                    && shutdown.getReason() instanceof AMQP.Channel.Close close
                    && (close.getReplyCode() == AMQP.PRECONDITION_FAILED
                            || close.getReplyCode() == AMQP.RESOURCE_LOCKED)) {
                throw new TopologyMismatch(queue.getName(), close.getReplyText(), e);
            }
            throw e;
        }
    }
}
