package dev.caravan.routes.check;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.camel.CamelContext;
import org.apache.camel.spi.EndpointUriFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;

/** The names that a route file can use, for suggestions. Read only when a file is rejected. */
final class KnownNames {
    private static final String DEFINITIONS = "/items/definitions/";
    private static final String STEP = "org.apache.camel.model.ProcessorDefinition";

    private final CamelContext running;
    private final ApplicationContext application;

    KnownNames(CamelContext running, ApplicationContext application) {
        this.running = running;
        this.application = application;
    }

    /** The options that can stand below each key, by Camel's schema of the language. */
    private static final class Options {
        private static final Map<String, Set<String>> BY_KEY = read();

        private static Map<String, Set<String>> read() {
            Map<String, Set<String>> options = new HashMap<>();
            try (InputStream in = Options.class.getResourceAsStream("/schema/camelYamlDsl.json")) {
                JsonNode schema = new ObjectMapper().readTree(in);
                options.put("steps", names(schema.at(DEFINITIONS + STEP)));
                options.put("route", names(schema.at(DEFINITIONS + "org.apache.camel.model.RouteDefinition")));
                for (JsonNode definition : schema.at("/items/definitions")) {
                    collect(schema, definition, options);
                }
            } catch (IOException e) {
                return Map.of();
            }
            return options;
        }

        private static void collect(JsonNode schema, JsonNode node, Map<String, Set<String>> options) {
            node.path("properties").properties().forEach(property -> {
                String reference = property.getValue().path("$ref").asText();
                if (reference.startsWith("#")) {
                    options.computeIfAbsent(property.getKey(), key -> new TreeSet<>())
                            .addAll(names(schema.at(reference.substring(1))));
                }
            });
            node.path("oneOf").forEach(form -> collect(schema, form, options));
            node.path("anyOf").forEach(form -> collect(schema, form, options));
        }

        private static Set<String> names(JsonNode definition) {
            Set<String> names = new TreeSet<>();
            definition.path("properties").fieldNames().forEachRemaining(names::add);
            definition.path("oneOf").forEach(form -> names.addAll(names(form)));
            definition.path("anyOf").forEach(form -> names.addAll(names(form)));
            return names;
        }
    }

    /** Steps, if the key is {@code steps}; else what can stand below a key. */
    Set<String> options(String key) {
        return Options.BY_KEY.getOrDefault(key == null ? "" : key, Set.of());
    }

    Set<String> parameters(String scheme) {
        EndpointUriFactory factory = running.getCamelContextExtension().getEndpointUriFactory(scheme);
        return factory == null ? Set.of() : factory.propertyNames();
    }

    Set<String> components() {
        Set<String> names = onClassPath("component");
        names.addAll(running.getComponentNames());
        return names;
    }

    Set<String> languages() {
        return onClassPath("language");
    }

    /** What the jars of Camel say that they bring; in one flat jar these files stand one after the other. */
    private Set<String> onClassPath(String kind) {
        Set<String> names = new TreeSet<>();
        try {
            ClassLoader classes = running.getApplicationContextClassLoader();
            for (URL url : Collections.list(
                    classes.getResources("META-INF/services/org/apache/camel/" + kind + ".properties"))) {
                try (InputStream in = url.openStream()) {
                    for (String line :
                            new String(in.readAllBytes(), UTF_8).lines().toList()) {
                        if (line.startsWith(kind + "s=")) {
                            names.addAll(
                                    List.of(line.substring(kind.length() + 2).split(" ")));
                        }
                    }
                }
            }
        } catch (IOException e) {
            return names;
        }
        return names;
    }

    boolean hasBean(String name) {
        return application.containsBean(name);
    }

    Set<String> beans() {
        return new TreeSet<>(Arrays.asList(application.getBeanDefinitionNames()));
    }

    /** Those of Caravan: the others can be of the environment, which is nobody's business. */
    Set<String> settings() {
        Set<String> names = new TreeSet<>();
        if (application.getEnvironment() instanceof ConfigurableEnvironment environment) {
            for (var source : environment.getPropertySources()) {
                if (source instanceof EnumerablePropertySource<?> enumerable) {
                    Arrays.stream(enumerable.getPropertyNames())
                            .filter(name -> name.startsWith("caravan."))
                            .forEach(names::add);
                }
            }
        }
        return names;
    }
}
