package dev.caravan.component.rabbitmq;

import com.rabbitmq.client.Address;
import java.util.List;
import org.springframework.amqp.core.Declarables;
import org.springframework.amqp.core.Queue;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.connection.ConnectionFactory;
import org.springframework.amqp.rabbit.core.RabbitAdmin;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.amqp.RabbitConnectionDetails;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Declares on the broker what the modules want, each by its own {@link Declarables}, and no arguments anywhere: other
 * services declare the same queues without arguments, and the embedded broker knows none. What a broker should do beyond
 * that (quorum queues, dead letters, limits) is given to it by policy.
 */
@Configuration(proxyBeanMethods = false)
class Topology {
    /**
     * As Spring Boot makes it, but declares what Camel declared by hand again too after a reconnect, and one queue that
     * differs does not keep the others from being declared.
     */
    @Bean
    RabbitAdmin amqpAdmin(ConnectionFactory connections) {
        RabbitAdmin admin = new RabbitAdmin(connections);
        admin.setRedeclareManualDeclarations(true);
        admin.setIgnoreDeclarationExceptions(true);
        return admin;
    }

    @Bean
    QueueDepths queueDepths(RabbitAdmin admin, ObjectProvider<ReadyMessages> readyMessages) {
        return new QueueDepths(admin, readyMessages.getIfAvailable());
    }

    @Bean
    TopologyMaintainer topologyMaintainer(
            RabbitAdmin admin, QueueDepths depths, ObjectProvider<Declarables> declarables) {
        return new TopologyMaintainer(admin, depths, () -> durable(declarables));
    }

    @Bean
    TopologyCheck topologyCheck(
            CachingConnectionFactory connections,
            RabbitConnectionDetails broker,
            ObjectProvider<Declarables> declarables) {
        List<Address> addresses = broker.getAddresses().stream()
                .map(address -> new Address(address.host(), address.port()))
                .toList();
        return new TopologyCheck(connections.getRabbitConnectionFactory(), addresses, () -> durable(declarables));
    }

    private static List<Queue> durable(ObjectProvider<Declarables> declarables) {
        return declarables
                .orderedStream()
                .flatMap(each -> each.getDeclarablesByType(Queue.class).stream())
                .filter(Queue::isDurable)
                .toList();
    }
}
