package dev.caravan.broker;

import java.util.concurrent.CompletionException;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Component;
import org.apache.camel.Consumer;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.support.DefaultAsyncProducer;
import org.apache.camel.support.DefaultEndpoint;

/** An exchange and a routing key to publish to. See {@link ConfirmedComponent}. */
class ConfirmedEndpoint extends DefaultEndpoint {
    private final ConfirmedPublisher publisher;
    private final String exchange;
    private final String routingKey;

    ConfirmedEndpoint(
            String uri, Component component, ConfirmedPublisher publisher, String exchange, String routingKey) {
        super(uri, component);
        this.publisher = publisher;
        this.exchange = exchange;
        this.routingKey = routingKey;
    }

    @Override
    public Producer createProducer() {
        return new ConfirmedProducer(this);
    }

    @Override
    public Consumer createConsumer(Processor processor) {
        throw new UnsupportedOperationException("confirmed: only publishes; consume with spring-rabbitmq:");
    }

    private final class ConfirmedProducer extends DefaultAsyncProducer {
        ConfirmedProducer(ConfirmedEndpoint endpoint) {
            super(endpoint);
        }

        @Override
        public boolean process(Exchange message, AsyncCallback callback) {
            String text;
            try {
                text = message.getMessage().getMandatoryBody(String.class);
            } catch (Exception e) {
                message.setException(e);
                callback.done(true);
                return true;
            }
            publisher.publish(exchange, routingKey, text).whenComplete((nothing, failure) -> {
                if (failure != null) {
                    message.setException(failure instanceof CompletionException ? failure.getCause() : failure);
                }
                callback.done(false);
            });
            return false;
        }
    }
}
