package dev.caravan.routes.check;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.camel.CamelContext;
import org.apache.camel.CatalogCamelContext;
import org.springframework.context.ApplicationContext;

/**
 * What an editor of route files can offer: the language as Camel's schema describes it, the components that this node has, and
 * what it runs. Thread-safe.
 */
public final class Completions {
    private static final String DIRECT = "direct://";

    private final CamelContext running;
    private final KnownNames names;
    /** Read when somebody asks first; after that they stay the same. */
    private volatile Map<String, Component> components;

    public Completions(CamelContext running, ApplicationContext application) {
        this.running = running;
        this.names = new KnownNames(running, application);
    }

    /**
     * @param help what it is for, in a sentence, which may be empty
     * @param options its parameters, each with such a sentence
     */
    public record Component(String help, Map<String, String> options) {}

    /**
     * @param keys what can stand below each key of a route file, each with a sentence; below {@code steps} the steps
     * @param components by their schemes
     * @param endpoints the {@code direct:} endpoints that routes start at now
     * @param beans that a route can call, each with the name of its class
     * @param settings names of Caravan's settings
     */
    public record Offer(
            Map<String, Map<String, String>> keys,
            Map<String, Component> components,
            Set<String> endpoints,
            Map<String, String> beans,
            Set<String> settings) {}

    public Offer offer() {
        Set<String> endpoints = new TreeSet<>();
        running.getRoutes().forEach(route -> {
            String uri = route.getEndpoint().getEndpointUri();
            if (uri.startsWith(DIRECT)) {
                endpoints.add("direct:" + uri.substring(DIRECT.length()));
            }
        });
        return new Offer(names.options(), components(), endpoints, names.callable(), names.settings());
    }

    private Map<String, Component> components() {
        Map<String, Component> known = components;
        if (known == null) {
            known = new TreeMap<>();
            for (String scheme : names.components()) {
                known.put(scheme, component(scheme));
            }
            components = known;
        }
        return known;
    }

    /** By what its jar says of it; some of Caravan's own say only which parameters there are. */
    private Component component(String scheme) {
        Map<String, String> options = new TreeMap<>();
        names.parameters(scheme).forEach(name -> options.put(name, ""));
        try {
            String text = ((CatalogCamelContext) running).getComponentParameterJsonSchema(scheme);
            if (text == null) {
                return new Component("", options);
            }
            JsonNode schema = new ObjectMapper().readTree(text);
            schema.path("properties")
                    .properties()
                    .forEach(option -> options.computeIfPresent(
                            option.getKey(),
                            (name, none) -> KnownNames.sentence(
                                    option.getValue().path("description").asText())));
            return new Component(
                    KnownNames.sentence(schema.at("/component/description").asText()), options);
        } catch (IOException e) {
            return new Component("", options);
        }
    }
}
