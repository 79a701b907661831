package dev.caravan.component.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Address;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.amqp.core.Queue;
import org.springframework.beans.factory.SmartInitializingSingleton;

/**
 * Declares the queues once before any route starts, to say plainly what differs on the broker: otherwise a queue with
 * other properties shows only as consumers that come and go. A broker that is down is no failure: declarations follow
 * with the first connection.
 */
class TopologyCheck implements SmartInitializingSingleton {
    private static final Logger LOG = LoggerFactory.getLogger(TopologyCheck.class);

    private final ConnectionFactory connections;
    private final List<Address> addresses;
    private final Supplier<List<Queue>> queues;

    /**
     * @param connections of the client itself: through Spring's, the declarations of the admin would come first
     * @param addresses where the broker is
     * @param queues what to check
     */
    TopologyCheck(ConnectionFactory connections, List<Address> addresses, Supplier<List<Queue>> queues) {
        this.connections = connections;
        this.addresses = addresses;
        this.queues = queues;
    }

    /** @throws TopologyMismatch if a queue exists with other properties */
    @Override
    public void afterSingletonsInstantiated() {
        try (Connection connection = connections.newConnection(addresses, "caravan-topology-check")) {
            for (Queue queue : queues.get()) {
                declare(connection, queue);
            }
        } catch (IOException | TimeoutException e) {
            LOG.debug("The broker does not answer; its queues are declared when it does", e);
        }
    }

    private static void declare(Connection connection, Queue queue) throws IOException, TimeoutException {
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
