package dev.caravan.component.rabbitmq;

import org.apache.camel.component.springrabbit.DefaultMessageConverter;
import org.apache.camel.component.springrabbit.SpringRabbitMQComponent;
import org.apache.camel.spi.ComponentCustomizer;
import org.springframework.amqp.rabbit.connection.ConnectionFactory;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.boot.autoconfigure.amqp.ConnectionFactoryCustomizer;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;

/** Joins Spring AMQP and Camel. Everything of {@code spring.rabbitmq.*} that concerns connections holds. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(RabbitSettings.class)
class RabbitConfiguration {
    @Bean
    ConfirmedPublisher confirmedPublisher(ConnectionFactory connections, RabbitSettings settings) {
        return new ConfirmedPublisher(connections, settings.confirmTimeout());
    }

    /** The name of the bean is the scheme. Each Camel context gets its own: there is one more that tries routes out. */
    @Bean("confirmed")
    @Scope(ConfigurableBeanFactory.SCOPE_PROTOTYPE)
    ConfirmedComponent confirmed(ConfirmedPublisher publisher) {
        return new ConfirmedComponent(publisher);
    }

    @Bean
    ComponentCustomizer consumers() {
        return ComponentCustomizer.builder(SpringRabbitMQComponent.class).build(component -> {
            component.setListenerContainerFactory(new QueueConsumerFactory());
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
