package dev.caravan.event;

import java.util.Map;
import org.apache.camel.Endpoint;
import org.apache.camel.spi.annotations.Component;
import org.apache.camel.support.DefaultComponent;

/**
 * The scheme {@code events}: a route that starts at {@code events:<name>} gets the events of this node, one after the other.
 * Waiting events belong to the name and outlive a route that is replaced.
 */
@Component("events")
public final class EventsComponent extends DefaultComponent {
    private final EventHub hub;
    private final EventMessages messages;
    private final DeadEvents dead;
    private final EventQueues queues;

    EventsComponent(EventHub hub, EventMessages messages, DeadEvents dead, EventQueues queues) {
        this.hub = hub;
        this.messages = messages;
        this.dead = dead;
        this.queues = queues;
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) throws Exception {
        EventsEndpoint endpoint = new EventsEndpoint(uri, this, remaining);
        setProperties(endpoint, parameters);
        endpoint.check();
        return endpoint;
    }

    EventHub hub() {
        return hub;
    }

    EventMessages messages() {
        return messages;
    }

    DeadEvents dead() {
        return dead;
    }

    EventQueues queues() {
        return queues;
    }
}
