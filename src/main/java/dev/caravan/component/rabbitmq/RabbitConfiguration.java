package dev.caravan.component.rabbitmq;

import dev.caravan.component.WorkGate;
import dev.caravan.component.batch.AdaptiveExecutor;
import org.apache.camel.component.springrabbit.DefaultMessageConverter;
import org.apache.camel.component.springrabbit.SpringRabbitMQComponent;
import org.apache.camel.spi.ComponentCustomizer;
import org.springframework.amqp.core.AmqpAdmin;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.connection.ConnectionFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.boot.autoconfigure.amqp.ConnectionFactoryCustomizer;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.core.task.support.ExecutorServiceAdapter;

/** Joins Spring AMQP and Camel. Everything of {@code spring.rabbitmq.*} that concerns connections holds. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(RabbitSettings.class)
class RabbitConfiguration {
    @Bean
    ConfirmedPublisher confirmedPublisher(
            ConnectionFactory connections,
            AmqpAdmin admin,
            RabbitSettings settings,
            @Qualifier("batchExecutor") AdaptiveExecutor executor) {
        return new ConfirmedPublisher(connections, admin::initialize, settings.confirmTimeout(), executor);
    }

    /** Deliveries arrive on the threads of batches: one of the client's own would have to wake one of these. */
    @Bean
    static BeanPostProcessor deliverOn(@Qualifier("batchExecutor") ObjectProvider<AdaptiveExecutor> executor) {
        return new BeanPostProcessor() {
            @Override
            public Object postProcessBeforeInitialization(Object bean, String name) {
                if (bean instanceof CachingConnectionFactory connections) {
                    connections.setExecutor(new ExecutorServiceAdapter(executor.getObject()::execute));
                }
                return bean;
            }
        };
    }

    /** The name of the bean is the scheme. Each Camel context gets its own: there is one more that tries routes out. */
    @Bean("confirmed")
    @Scope(ConfigurableBeanFactory.SCOPE_PROTOTYPE)
    ConfirmedComponent confirmed(ConfirmedPublisher publisher) {
        return new ConfirmedComponent(publisher);
    }

    @Bean
    ComponentCustomizer consumers(
            @Qualifier("batchExecutor") AdaptiveExecutor executor, ObjectProvider<WorkGate> gates) {
        WorkGate gate = gates.getIfAvailable(() -> () -> true);
        return ComponentCustomizer.builder(SpringRabbitMQComponent.class).build(component -> {
            component.setListenerContainerFactory(new QueueConsumerFactory(executor, gate));
            component.setMessageConverter(
                    new Utf8MessageConverter(new DefaultMessageConverter(component.getCamelContext())));
        });
    }

    @Bean
    ConnectionFactoryCustomizer boundedHandshake(RabbitSettings settings) {
        return factory -> factory.setHandshakeTimeout(
                Math.toIntExact(settings.handshakeTimeout().toMillis()));
    }

    /** Encrypted connections keep the sockets of their own. */
    @Bean
    ConnectionFactoryCustomizer oneWriteForManyMessages() {
        return factory -> {
            if (!factory.isSSL()) {
                factory.setSocketFactory(new CoalescingSocketFactory());
            }
        };
    }
}
