package dev.caravan.component.batch;

import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.Endpoint;
import org.apache.camel.support.DefaultComponent;

/**
 * The scheme {@code gather}: {@code to: batch:<name>} leaves the body there, each element of it if it is a collection,
 * and goes on; {@code from: batch:<name>} gets all that has been left since, as a list. What is left belongs to the name:
 * it outlives a consumer that is replaced, and ends with the Camel context.
 */
final class BatchComponent extends DefaultComponent {
    private final MeterRegistry registry;
    private final Map<String, BatchQueue> gatherings = new ConcurrentHashMap<>();

    BatchComponent(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) throws Exception {
        BatchEndpoint endpoint = new BatchEndpoint(
                uri, this, gatherings.computeIfAbsent(remaining, name -> new BatchQueue(name, registry)));
        setProperties(endpoint, parameters);
        return endpoint;
    }
}
