package dev.caravan.routes.check;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.camel.CamelContext;
import org.apache.camel.Component;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.spi.EndpointUriFactory;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.util.ClassUtils;

/** The names that a route file can use, for suggestions. Read only when a file is rejected, or when somebody writes one. */
final class KnownNames {
    private static final String DEFINITIONS = "/items/definitions/";
    private static final String STEP = "org.apache.camel.model.ProcessorDefinition";
    private static final int LONGEST = 140;
    private static final Pattern BEAN = Pattern.compile("[A-Za-z][A-Za-z0-9_]*");
    private static final List<String> OTHERS = List.of(
            "java.",
            "javax.",
            "jakarta.",
            "jdk.",
            "org.springframework.",
            "org.apache.",
            "org.eclipse.",
            "com.fasterxml.",
            "com.rabbitmq.",
            "io.lettuce.",
            "io.micrometer.",
            "io.netty.",
            "io.opentelemetry.",
            "io.prometheus.");
    /** What Camel takes, and routes do not call. */
    private static final List<Class<?>> PARTS = List.of(RoutesBuilder.class, Component.class);

    private final CamelContext running;
    private final ApplicationContext application;

    KnownNames(CamelContext running, ApplicationContext application) {
        this.running = running;
        this.application = application;
    }

    /** The options that can stand below each key, by Camel's schema of the language, with what they are for. */
    private static final class Options {
        /** Of what nothing of Camel's says anything. */
        private static final Map<String, String> WORDS = Map.of(
                "steps", "What happens to the message, in this order.",
                "parameters", "The options of the endpoint.");

        private static final Map<String, Map<String, String>> BY_KEY = read();

        private static Map<String, Map<String, String>> read() {
            Map<String, Map<String, String>> options = new TreeMap<>();
            try (InputStream in = Options.class.getResourceAsStream("/schema/camelYamlDsl.json")) {
                JsonNode schema = new ObjectMapper().readTree(in);
                options.put("steps", names(schema, schema.at(DEFINITIONS + STEP)));
                options.put("route", names(schema, schema.at(DEFINITIONS + "org.apache.camel.model.RouteDefinition")));
                for (JsonNode definition : schema.at("/items/definitions")) {
                    collect(schema, definition, options);
                }
                for (String model : List.of("route", "from")) {
                    describe(options.get(model), model);
                }
                Map<String, String> elsewhere = new TreeMap<>(options.get("expression"));
                elsewhere.putAll(WORDS);
                options.values()
                        .forEach(known -> known.replaceAll(
                                (name, help) -> help.isEmpty() ? elsewhere.getOrDefault(name, "") : help));
            } catch (IOException e) {
                return Map.of();
            }
            return options;
        }

        /** With what Camel's catalog says, since its schema says nothing of these. */
        private static void describe(Map<String, String> options, String model) throws IOException {
            try (InputStream in =
                    Options.class.getResourceAsStream("/META-INF/org/apache/camel/model/" + model + ".json")) {
                JsonNode described = new ObjectMapper().readTree(in).path("properties");
                options.replaceAll((name, help) -> help.isEmpty()
                        ? sentence(described.path(name).path("description").asText())
                        : help);
            }
        }

        private static void collect(JsonNode schema, JsonNode node, Map<String, Map<String, String>> options) {
            node.path("properties").properties().forEach(property -> referred(schema, property.getValue())
                    .ifPresent(definition -> {
                        Map<String, String> known = options.computeIfAbsent(property.getKey(), key -> new TreeMap<>());
                        names(schema, definition).forEach((name, help) -> known.merge(name, help, Options::known));
                    }));
            node.path("oneOf").forEach(form -> collect(schema, form, options));
            node.path("anyOf").forEach(form -> collect(schema, form, options));
        }

        private static Map<String, String> names(JsonNode schema, JsonNode definition) {
            Map<String, String> names = new TreeMap<>();
            definition.path("properties").properties().forEach(property -> {
                JsonNode option = property.getValue();
                String own = option.path("description").asText();
                names.put(
                        property.getKey(),
                        sentence(
                                own.isEmpty()
                                        ? referred(schema, option)
                                                .map(other -> other.path("description")
                                                        .asText())
                                                .orElse("")
                                        : own));
            });
            for (String kind : List.of("oneOf", "anyOf")) {
                definition.path(kind).forEach(form -> names(schema, form)
                        .forEach((name, help) -> names.merge(name, help, Options::known)));
            }
            return names;
        }

        private static String known(String one, String other) {
            return other.isEmpty() ? one : other;
        }

        private static Optional<JsonNode> referred(JsonNode schema, JsonNode option) {
            String reference = option.path("$ref").asText();
            return reference.startsWith("#") ? Optional.of(schema.at(reference.substring(1))) : Optional.empty();
        }
    }

    /** The first sentence, of {@value #LONGEST} characters at the most. */
    static String sentence(String text) {
        String first = text.split("(?<=[.!?])\\s", 2)[0];
        return first.length() <= LONGEST ? first : first.substring(0, LONGEST - 1) + "…";
    }

    /** Steps, if the key is {@code steps}; else what can stand below a key. */
    Set<String> options(String key) {
        return Options.BY_KEY.getOrDefault(key == null ? "" : key, Map.of()).keySet();
    }

    /** The languages in which a step can say an expression, whichever of them this node has. */
    static Set<String> expressions() {
        return Options.BY_KEY.getOrDefault("expression", Map.of()).keySet();
    }

    /** What can stand below each key, each with a sentence, which may be empty. */
    Map<String, Map<String, String>> options() {
        return Options.BY_KEY;
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

    /**
     * Beans that are made for routes to call, each with its class: those of Caravan and of its users, not what Spring and Camel are
     * made of.
     */
    Map<String, String> callable() {
        Map<String, String> names = new TreeMap<>();
        for (String name : application.getBeanDefinitionNames()) {
            Class<?> type = application.getType(name, false);
            if (type != null && BEAN.matcher(name).matches() && isCallable(ClassUtils.getUserClass(type))) {
                names.put(name, ClassUtils.getUserClass(type).getSimpleName());
            }
        }
        return names;
    }

    private static boolean isCallable(Class<?> type) {
        return OTHERS.stream().noneMatch(type.getName()::startsWith)
                && !AnnotatedElementUtils.hasAnnotation(type, Configuration.class)
                && !AnnotatedElementUtils.hasAnnotation(type, ConfigurationProperties.class)
                && PARTS.stream().noneMatch(part -> part.isAssignableFrom(type));
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
