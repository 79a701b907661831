package dev.caravan.broker;

import org.apache.camel.component.springrabbit.CamelDirectMessageListenerContainer;
import org.apache.camel.component.springrabbit.ListenerContainerFactory;
import org.apache.camel.component.springrabbit.SpringRabbitMQEndpoint;
import org.springframework.amqp.core.AcknowledgeMode;
import org.springframework.amqp.core.AmqpAdmin;
import org.springframework.amqp.core.MessageListener;
import org.springframework.amqp.rabbit.listener.AbstractMessageListenerContainer;
import org.springframework.amqp.rabbit.listener.DirectMessageListenerContainer;
import org.springframework.amqp.rabbit.listener.api.ChannelAwareMessageListener;

/**
 * Makes the consumers of {@code spring-rabbitmq:} endpoints. Camel's own factory runs a whole route up to five times and
 * then lets the message drop, whatever went wrong; here {@link Settling} decides what becomes of a message, and a
 * consumer that lost its broker tries again every two seconds.
 *
 * <p>Of the options of an endpoint, those about retrying, acknowledging and the type of the container have no effect.
 */
class Consumers implements ListenerContainerFactory {
    private static final long RECOVERY_MILLIS = 2000;

    @Override
    public AbstractMessageListenerContainer createListenerContainer(SpringRabbitMQEndpoint endpoint) {
        DirectMessageListenerContainer container = new SettlingContainer(endpoint);
        AmqpAdmin admin = endpoint.getComponent().getAmqpAdmin();
        if (endpoint.getQueues() != null) {
            container.setQueueNames(endpoint.getQueues().split("\\s*,\\s*"));
        }
        container.setAcknowledgeMode(AcknowledgeMode.MANUAL);
        container.setExclusive(endpoint.isExclusive());
        container.setNoLocal(endpoint.isNoLocal());
        container.setAutoDeclare(endpoint.isAutoDeclare());
        container.setAmqpAdmin(admin);
        container.setPrefetchCount(endpoint.getPrefetchCount());
        container.setShutdownTimeout(endpoint.getComponent().getShutdownTimeout());
        container.setConsumerArguments(endpoint.getConsumerArgs());
        container.setForceCloseChannel(false); // what is worked when the route is replaced is acknowledged later
        container.setMissingQueuesFatal(false);
        container.setMismatchedQueuesFatal(false);
        container.setFailedDeclarationRetryInterval(RECOVERY_MILLIS);
        container.setRecoveryInterval(RECOVERY_MILLIS);
        container.setMonitorInterval(RECOVERY_MILLIS);
        return container;
    }

    private static final class SettlingContainer extends CamelDirectMessageListenerContainer {
        SettlingContainer(SpringRabbitMQEndpoint endpoint) {
            super(endpoint);
        }

        @Override
        public void setMessageListener(MessageListener listener) {
            super.setMessageListener(new Settling((ChannelAwareMessageListener) listener));
        }
    }
}
