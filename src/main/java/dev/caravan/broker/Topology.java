package dev.caravan.broker;

import com.rabbitmq.client.Address;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.springframework.amqp.core.BindingBuilder;
import org.springframework.amqp.core.Declarables;
import org.springframework.amqp.core.FanoutExchange;
import org.springframework.amqp.core.Queue;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.connection.ConnectionFactory;
import org.springframework.amqp.rabbit.core.RabbitAdmin;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.amqp.RabbitConnectionDetails;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * What Caravan declares on the broker, all of it, and no arguments anywhere: other services declare the same queue
 * without arguments, and the embedded broker knows none. What a broker should do beyond that (quorum queues, dead
 * letters, limits) is given to it by policy.
 */
@Configuration(proxyBeanMethods = false)
class Topology {
    @Bean
    Declarables jobQueues(
            @Value("${caravan.jobs.queue}") String worker, @Value("${caravan.jobs.dead-queue}") String dead) {
        return new Declarables(new Queue(worker, true, false, false), new Queue(dead, true, false, false));
    }

    /**
     * How nodes of the chat reach each other: each with the role has a queue of its own, which goes with its connection.
     * What may wait there is for a policy to bound.
     */
    @Bean
    Declarables chatQueue(
            @Value("${caravan.roles}") Set<String> roles,
            @Value("${caravan.chat.exchange}") String name,
            @Value("${caravan.chat.queue}") String own) {
        FanoutExchange exchange = new FanoutExchange(name);
        if (!roles.contains("chat")) {
            return new Declarables(exchange);
        }
        Queue queue = new Queue(own, false, true, true);
        return new Declarables(exchange, queue, BindingBuilder.bind(queue).to(exchange));
    }

    /** Every node may publish events; those with the role have a queue of their own, as for the chat. */
    @Bean
    EventQueues eventQueues(
            RabbitAdmin admin,
            @Value("${caravan.roles}") Set<String> roles,
            @Value("${caravan.events.exchange}") String all,
            @Value("${caravan.events.direct-exchange}") String keyed,
            @Value("${caravan.events.queue}") String own,
            @Value("${caravan.events.dead-queue}") String dead) {
        return new EventQueues(admin, all, keyed, roles.contains("events"), own, dead);
    }

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
    QueueDepths queueDepths(
            RabbitAdmin admin, @Qualifier("readyMessages") ObjectProvider<ToLongFunction<String>> readyMessages) {
        return new QueueDepths(admin, readyMessages.getIfAvailable());
    }

    @Bean
    TopologyKeeper topologyKeeper(
            RabbitAdmin admin, QueueDepths depths, Declarables jobQueues, EventQueues eventQueues) {
        return new TopologyKeeper(admin, depths, jobQueues.getDeclarablesByType(Queue.class), eventQueues);
    }

    @Bean
    TopologyCheck topologyCheck(
            CachingConnectionFactory connections,
            RabbitConnectionDetails broker,
            Declarables jobQueues,
            EventQueues eventQueues) {
        List<Address> addresses = broker.getAddresses().stream()
                .map(address -> new Address(address.host(), address.port()))
                .toList();
        List<Queue> lasting = new ArrayList<>(jobQueues.getDeclarablesByType(Queue.class));
        lasting.addAll(eventQueues.lasting());
        return new TopologyCheck(connections.getRabbitConnectionFactory(), addresses, lasting);
    }
}
