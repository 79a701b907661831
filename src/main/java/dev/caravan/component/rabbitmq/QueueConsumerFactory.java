package dev.caravan.component.rabbitmq;

import dev.caravan.component.WorkGate;
import java.util.concurrent.Executor;
import org.apache.camel.component.springrabbit.ListenerContainerFactory;
import org.apache.camel.component.springrabbit.SpringRabbitMQEndpoint;
import org.springframework.amqp.core.AcknowledgeMode;
import org.springframework.amqp.rabbit.listener.AbstractMessageListenerContainer;

/**
 * Makes the consumers of {@code spring-rabbitmq:} endpoints. Camel's own factory runs a whole route up to five times and
 * then drops the message, whatever went wrong; here {@link Acknowledger} settles a message, and a consumer that lost its
 * broker tries again every two seconds.
 *
 * <p>Of the options of an endpoint, those about retrying, acknowledging and the type of the container have no effect. {@code asyncConsumer}
 * says that the steps of the route do not block until it continues without a thread: it starts on the executor of batches,
 * and what its former revisions still run counts against {@code concurrentConsumers} for as long as it takes.
 */
class QueueConsumerFactory implements ListenerContainerFactory {
    private final Executor executor;
    private final QueueFeeds feeds;

    /**
     * @param executor of batches: adds a thread for a task that blocks
     * @param gate of the work that {@code asyncConsumer} takes
     */
    QueueConsumerFactory(Executor executor, WorkGate gate) {
        this.executor = executor;
        this.feeds = new QueueFeeds(gate::isOpen);
    }

    @Override
    public AbstractMessageListenerContainer createListenerContainer(SpringRabbitMQEndpoint endpoint) {
        QueueConsumer container = new QueueConsumer(
                endpoint.getConnectionFactory(),
                endpoint.getConcurrentConsumers(),
                endpoint.getPrefetchCount(),
                executor,
                endpoint.isAsyncConsumer(),
                feeds,
                endpoint.getCamelContext()::isStopping);
        if (endpoint.getQueues() != null) {
            container.setQueueNames(endpoint.getQueues().split("\\s*,\\s*"));
        }
        container.setAcknowledgeMode(AcknowledgeMode.MANUAL);
        container.setExclusive(endpoint.isExclusive());
        container.setNoLocal(endpoint.isNoLocal());
        container.setAutoDeclare(endpoint.isAutoDeclare());
        container.setAmqpAdmin(endpoint.getComponent().getAmqpAdmin());
        container.setShutdownTimeout(endpoint.getComponent().getShutdownTimeout());
        container.setConsumerArguments(endpoint.getConsumerArgs());
        container.setMissingQueuesFatal(false);
        container.setMismatchedQueuesFatal(false);
        return container;
    }
}
