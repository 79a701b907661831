package dev.caravan.component.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.camel.component.springrabbit.SpringRabbitMQComponent;
import org.apache.camel.component.springrabbit.SpringRabbitMQConsumer;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Test;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;

class AcknowledgerTest {
    /** A version of Camel that keeps it elsewhere would have to show here, not at the first message. */
    @Test
    void findsTheConsumerOfAListener() throws Exception {
        try (DefaultCamelContext camel = new DefaultCamelContext()) {
            SpringRabbitMQComponent component = new SpringRabbitMQComponent();
            component.setConnectionFactory(new CachingConnectionFactory("localhost"));
            component.setListenerContainerFactory(new QueueConsumerFactory(Runnable::run, () -> true));
            camel.addComponent("spring-rabbitmq", component);

            SpringRabbitMQConsumer consumer = (SpringRabbitMQConsumer)
                    camel.getEndpoint("spring-rabbitmq:default?queues=any").createConsumer(exchange -> {});

            assertThat(Acknowledger.consumerOf(consumer.getEndpointMessageListener()))
                    .isSameAs(consumer);
        }
    }
}
