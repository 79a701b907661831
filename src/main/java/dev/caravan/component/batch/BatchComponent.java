package dev.caravan.component.batch;

import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.Endpoint;
import org.apache.camel.support.DefaultComponent;

/**
 * The scheme {@code batch}: {@code to: batch:<name>} adds the body to a queue, or each element of a collection, and
 * continues; {@code from: batch:<name>} gets what has been added since, as a list. The queue belongs to the name: it
 * outlives a consumer that is replaced, and ends with the Camel context.
 */
final class BatchComponent extends DefaultComponent {
    private final MeterRegistry registry;
    private final Map<String, BatchQueue> queues = new ConcurrentHashMap<>();

    BatchComponent(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) throws Exception {
        BatchEndpoint endpoint =
                new BatchEndpoint(uri, this, queues.computeIfAbsent(remaining, name -> new BatchQueue(name, registry)));
        setProperties(endpoint, parameters);
        return endpoint;
    }
}
