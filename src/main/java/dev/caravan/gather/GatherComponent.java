package dev.caravan.gather;

import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.Endpoint;
import org.apache.camel.support.DefaultComponent;

/**
 * The scheme {@code gather}: {@code to: gather:<name>} leaves the body there, each element of it if it is a collection,
 * and goes on; {@code from: gather:<name>} gets all that has been left since, as a list. What is left belongs to the name:
 * it outlives a consumer that is replaced, and ends with the Camel context.
 */
final class GatherComponent extends DefaultComponent {
    private final MeterRegistry registry;
    private final Map<String, Gathering> gatherings = new ConcurrentHashMap<>();

    GatherComponent(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) throws Exception {
        GatherEndpoint endpoint = new GatherEndpoint(
                uri, this, gatherings.computeIfAbsent(remaining, name -> new Gathering(name, registry)));
        setProperties(endpoint, parameters);
        return endpoint;
    }
}
