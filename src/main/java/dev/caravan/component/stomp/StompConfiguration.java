package dev.caravan.component.stomp;

import dev.caravan.component.batch.AdaptiveExecutor;
import dev.caravan.component.rabbitmq.ConfirmedPublisher;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Set;
import org.springframework.amqp.core.BindingBuilder;
import org.springframework.amqp.core.Declarables;
import org.springframework.amqp.core.FanoutExchange;
import org.springframework.amqp.core.Queue;
import org.springframework.amqp.rabbit.connection.ConnectionFactory;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;

/** Registers the component with Camel, by the name of its bean, and declares what topics need on the broker. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(StompSettings.class)
class StompConfiguration {
    /**
     * Every node may publish to topics. One with the role {@code chat} has subscribers, and a queue for them, which is deleted
     * with its connection. A policy bounds how many messages may wait there.
     */
    @Bean
    Declarables stompDeclarables(
            @Value("${caravan.roles}") Set<String> roles,
            @Value("${caravan.stomp.exchange}") String name,
            @Value("${caravan.stomp.queue}") String own) {
        FanoutExchange exchange = new FanoutExchange(name);
        if (!roles.contains("chat")) {
            return new Declarables(exchange);
        }
        Queue queue = new Queue(own, false, true, true);
        return new Declarables(exchange, queue, BindingBuilder.bind(queue).to(exchange));
    }

    @Bean
    StompDestinations stompDestinations() {
        return new StompDestinations();
    }

    @Bean
    QueueDeclarations stompQueueDeclarations(
            ConnectionFactory connections,
            @Qualifier("batchExecutor") AdaptiveExecutor executor,
            StompSettings settings) {
        return new QueueDeclarations(connections, executor, settings.queuePrefix(), settings.maxQueues());
    }

    @Bean
    StompQueues stompQueues(
            ConnectionFactory connections,
            QueueDeclarations declarations,
            @Qualifier("batchExecutor") AdaptiveExecutor executor,
            StompSettings settings,
            MeterRegistry registry) {
        return new StompQueues(connections, declarations, executor, settings.maxQueueSubscriptions(), registry);
    }

    @Bean
    StompPublisher stompPublisher(
            ConfirmedPublisher publisher, QueueDeclarations queues, StompSettings settings, MeterRegistry registry) {
        return new StompPublisher(publisher, settings.exchange(), queues, registry);
    }

    /** Each Camel context gets its own: the context that validates routes is a second one. */
    @Bean("stomp")
    @Scope(ConfigurableBeanFactory.SCOPE_PROTOTYPE)
    StompComponent stomp(StompDestinations destinations, StompPublisher publisher, StompRoles roles) {
        return new StompComponent(destinations, publisher, roles);
    }
}
