package dev.caravan.node;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.caravan.http.ServiceUnavailable;
import java.util.Collection;
import java.util.Comparator;
import java.util.Objects;
import java.util.Set;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;

/** The nodes that are alive, over HTTP ({@code static/openapi.yaml}). */
@Component
public class NodesApi extends RouteBuilder {
    private static final Logger LOG = LoggerFactory.getLogger(NodesApi.class);

    private static final Comparator<JsonObject> BY_NAME = Comparator.comparing(
                    (JsonObject node) -> node.get("name").getAsString())
            .thenComparing(node -> node.get("instance").getAsString());

    private final boolean off;

    NodesApi(@Value("${caravan.roles}") Set<String> roles) {
        this.off = !roles.contains("api");
    }

    @Override
    public void configure() {
        // A mistake of a client goes to the client, not to the log.
        errorHandler(noErrorHandler());

        rest("/nodes")
                .id("nodes-api")
                .disabled(off)
                .get()
                .routeId("rest-nodes-list")
                .to("direct:api-nodes-list");

        from("direct:api-nodes-list")
                .routeId("api-nodes-list")
                .description("GET /nodes: the nodes that are alive")
                .removeHeaders("*")
                .doTry()
                .to("direct:nodes-read")
                .doCatch(DataAccessException.class)
                .process(this::unavailable)
                .end()
                .process(this::list);
    }

    private void unavailable(Exchange exchange) {
        Throwable cause = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class);
        LOG.warn("The nodes could not be read: {}", cause.toString());
        throw new ServiceUnavailable("The nodes could not be read: Redis did not respond in time.", cause);
    }

    /** A state that has expired is null. */
    private void list(Exchange exchange) {
        Collection<?> states = exchange.getMessage().getBody(Collection.class);
        JsonArray nodes = new JsonArray();
        states.stream()
                .filter(Objects::nonNull)
                .map(text -> JsonParser.parseString(text.toString()).getAsJsonObject())
                .sorted(BY_NAME)
                .forEach(nodes::add);
        JsonObject response = new JsonObject();
        response.add("nodes", nodes);
        exchange.getMessage().setBody(response.toString());
    }
}
