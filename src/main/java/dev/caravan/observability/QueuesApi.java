package dev.caravan.observability;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.caravan.component.rabbitmq.QueueDepths;
import dev.caravan.http.ServiceUnavailable;
import java.util.Map;
import java.util.Set;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/** {@code GET /queues} ({@code static/openapi.yaml}): the latest sample, so that no request waits for the broker. */
@Component
public class QueuesApi extends RouteBuilder {
    private final QueueDepths depths;
    private final Map<String, String> kinds;
    private final boolean off;

    QueuesApi(
            QueueDepths depths,
            @Value("${caravan.roles}") Set<String> roles,
            @Value("${caravan.jobs.queue}") String worker,
            @Value("${caravan.jobs.again-queue}") String again,
            @Value("${caravan.jobs.high-queue}") String high,
            @Value("${caravan.jobs.low-queue}") String low,
            @Value("${caravan.jobs.dead-queue}") String dead,
            @Value("${caravan.events.dead-queue}") String deadEvents) {
        this.depths = depths;
        this.off = !roles.contains("api");
        this.kinds = Map.of(
                worker, "work", again, "again", high, "high", low, "low", dead, "dead", deadEvents, "dead-events");
    }

    @Override
    public void configure() {
        errorHandler(noErrorHandler());

        rest("/queues")
                .id("queues-api")
                .disabled(off)
                .get()
                .routeId("rest-queues-list")
                .to("direct:api-queues-list");

        from("direct:api-queues-list")
                .routeId("api-queues-list")
                .description("GET /queues: the messages and consumers of the queues")
                .removeHeaders("*")
                .process(this::list);
    }

    private void list(Exchange exchange) {
        QueueDepths.Sample sample = depths.latest();
        if (sample.at() == null || depths.isFailing()) {
            throw new ServiceUnavailable("The queues could not be read: the message broker does not respond.", null);
        }
        JsonArray queues = new JsonArray();
        for (QueueDepths.Depth depth : sample.queues()) {
            JsonObject queue = new JsonObject();
            queue.addProperty("name", depth.name());
            queue.addProperty("kind", kinds.getOrDefault(depth.name(), "events"));
            queue.addProperty("messages", depth.messages());
            queue.addProperty("consumers", depth.consumers());
            queues.add(queue);
        }
        JsonObject body = new JsonObject();
        body.add("queues", queues);
        body.addProperty("at", sample.at().toString());
        exchange.getMessage().setBody(body.toString());
    }
}
