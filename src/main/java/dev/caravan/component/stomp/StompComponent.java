package dev.caravan.component.stomp;

import java.util.Map;
import org.apache.camel.Endpoint;
import org.apache.camel.spi.annotations.Component;
import org.apache.camel.support.DefaultComponent;

/** The scheme {@code stomp}: a route that starts at {@code stomp:/topic/{name}} makes destinations of STOMP. */
@Component("stomp")
public final class StompComponent extends DefaultComponent {
    private final StompDestinations destinations;
    private final StompPublisher publisher;
    private final StompRoles roles;

    StompComponent(StompDestinations destinations, StompPublisher publisher, StompRoles roles) {
        this.destinations = destinations;
        this.publisher = publisher;
        this.roles = roles;
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) throws Exception {
        StompEndpoint endpoint = new StompEndpoint(uri, this, remaining.startsWith("/") ? remaining : "/" + remaining);
        setProperties(endpoint, parameters);
        endpoint.check();
        return endpoint;
    }

    StompDestinations destinations() {
        return destinations;
    }

    StompPublisher publisher() {
        return publisher;
    }

    StompRoles roles() {
        return roles;
    }
}
