package dev.caravan.component.rabbitmq;

import java.util.Map;
import org.apache.camel.Endpoint;
import org.apache.camel.support.DefaultComponent;

/**
 * The scheme {@code confirmed}: {@code confirmed:<exchange>?routingKey=<key>} publishes the body as text, or each
 * element of a list, and goes on, without holding a thread, when the broker has confirmed all; {@code default} names the default
 * exchange.
 * {@code spring-rabbitmq} cannot: in all its modes a message without a queue counts as sent, and each confirm costs a
 * thread and a round trip (pinned by {@code ConfirmedPublisherIT}).
 */
class ConfirmedComponent extends DefaultComponent {
    private final ConfirmedPublisher publisher;

    ConfirmedComponent(ConfirmedPublisher publisher) {
        this.publisher = publisher;
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) throws Exception {
        ConfirmedEndpoint endpoint =
                new ConfirmedEndpoint(uri, this, publisher, remaining.equals("default") ? "" : remaining);
        setProperties(endpoint, parameters);
        return endpoint;
    }
}
