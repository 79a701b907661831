package dev.caravan.reference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.beans.Introspector;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.io.ClassPathResource;

/** {@code docs/reference/settings.md}, from the records of settings. */
final class SettingsPage {
    private static final Pattern ELEMENT = Pattern.compile("<(dev\\.caravan\\..+)>");

    private static final Map<String, String> SECTIONS = new LinkedHashMap<>();

    static {
        SECTIONS.put("node.NodeSettings", "Node");
        SECTIONS.put("security.UserSettings", "Users");
        SECTIONS.put("security.SecuritySettings", "Security");
        SECTIONS.put("job.JobSettings", "Jobs");
        SECTIONS.put("job.batch.BatchSettings", "Batches");
        SECTIONS.put("job.webhook.WebhookSettings", "Webhooks");
        SECTIONS.put("event.EventSettings", "Events");
        SECTIONS.put("chat.ChatSettings", "Chat");
        SECTIONS.put("component.stomp.StompSettings", "STOMP destinations");
        SECTIONS.put("routes.RoutesSettings", "Route files");
        SECTIONS.put("routes.trial.TrialSettings", "Trials of route files");
        SECTIONS.put("recorder.RecorderSettings", "Recorder");
        SECTIONS.put("http.HttpSettings", "HTTP");
        SECTIONS.put("component.rabbitmq.RabbitSettings", "Broker");
        SECTIONS.put("observability.TracingSettings", "Traces");
        SECTIONS.put("embedded.EmbeddedSettings", "Embedded broker and Redis");
        SECTIONS.put("component.websocket.WebSocketComponent", "WebSocket component");
        SECTIONS.put("component.websocket.WebSocketThreads", "WebSocket threads");
    }

    private static final String COMMENT = "/\\*\\*((?:(?!\\*/).)*)\\*/\\s*";

    private static final Pattern PROPERTY =
            Pattern.compile(COMMENT + "public static final String \\w+ = \"([^\"]+)\"", Pattern.DOTALL);

    private static final Pattern SETTER = Pattern.compile(COMMENT + "public void set(\\w+)\\(", Pattern.DOTALL);

    private SettingsPage() {}

    static String text() throws IOException, ClassNotFoundException {
        Map<String, Map<String, JsonNode>> sections = new TreeMap<>();
        try (InputStream in = new ClassPathResource("META-INF/spring-configuration-metadata.json").getInputStream()) {
            for (JsonNode property : new ObjectMapper().readTree(in).path("properties")) {
                sections.computeIfAbsent(property.path("sourceType").asText(), type -> new LinkedHashMap<>())
                        .put(property.path("name").asText(), property);
            }
        }
        StringBuilder page = new StringBuilder(
                """
                # Settings

                Set one with `--name=value` on the command line, as a variable of the environment (`CARAVAN_JOBS_ATTEMPTS=5`), or
                in a file `application.yaml` beside the jar. A name below `caravan.` that is not on this page stops the start; so
                does a value out of bounds. Durations are `500ms`, `10s`, `5m`, `24h`, `7d`; sizes are `64KB`, `1MB`, `1GB`. Lists
                are separated by commas, or numbered: `caravan.users[0].name`.
                """);
        for (Map.Entry<String, String> section : SECTIONS.entrySet()) {
            String type = "dev.caravan." + section.getKey();
            Map<String, JsonNode> properties = sections.remove(type);
            page.append("\n## ").append(section.getValue()).append("\n\n");
            Class<?> source = Class.forName(type);
            if (source.isRecord()) {
                page.append(Sources.javadoc(source).get("")).append("\n\n");
            }
            page.append("| setting | type | default | meaning |\n|---|---|---|---|\n");
            for (JsonNode property : inOrder(source, properties)) {
                append(page, property);
            }
        }
        if (!sections.isEmpty()) {
            throw new IllegalStateException("Settings without a section: " + sections.keySet());
        }
        endpoint(page, "websocket-jetty", "component/websocket/websocket-jetty.json");
        page.append("\n| property of the exchange that sends | meaning |\n|---|---|\n");
        described(page, "component/websocket/WebSocketProperties", PROPERTY, UnaryOperator.identity());
        endpoint(page, "events", "event/events.json");
        endpoint(page, "stomp", "component/stomp/stomp.json");
        for (String scheme : List.of("batch/Batch", "rabbitmq/Confirmed")) {
            page.append("\n## Endpoints `%s:`\n\n| option | meaning |\n|---|---|\n"
                    .formatted(scheme.replaceFirst(".*/", "").toLowerCase(Locale.ROOT)));
            described(page, "component/" + scheme + "Endpoint", SETTER, Introspector::decapitalize);
        }
        page.append(
                """

                ## Spring Boot, Camel and Jetty

                What `src/main/resources/application.yaml` sets of theirs; their own documentation explains each. The profile `embedded`,
                logging and management are left out here.

                | setting | here |
                |---|---|
                """);
        EnumerablePropertySource<?> own = (EnumerablePropertySource<?>) new YamlPropertySourceLoader()
                .load("application", new ClassPathResource("application.yaml"))
                .get(0);
        for (String name : own.getPropertyNames()) {
            if (!name.matches("(spring\\.autoconfigure|logging|management)\\..*")) {
                page.append("| `%s` | `%s` |\n".formatted(name, own.getProperty(name)));
            }
        }
        return page.toString();
    }

    /** What a route may write behind the question mark, or under {@code parameters:}, and the headers that it gets. */
    private static void endpoint(StringBuilder page, String scheme, String metadata) throws IOException {
        JsonNode component;
        try (InputStream in = new ClassPathResource("META-INF/dev/caravan/" + metadata).getInputStream()) {
            component = new ObjectMapper().readTree(in);
        }
        page.append(
                "\n## Endpoints `%s:`\n\n| option | type | default | meaning |\n|---|---|---|---|\n".formatted(scheme));
        component.path("properties").fields().forEachRemaining(option -> {
            JsonNode is = option.getValue();
            if (!is.path("label").asText().contains("advanced")) {
                String type = is.path("type").asText().equals("duration")
                        ? "Duration"
                        : is.path("javaType").asText();
                row(
                        page,
                        option.getKey(),
                        type,
                        is.path("defaultValue").asText(""),
                        is.path("description").asText());
            }
        });
        page.append("\n| header | meaning |\n|---|---|\n");
        component
                .path("headers")
                .fields()
                .forEachRemaining(header -> page.append("| `%s` | %s |\n"
                        .formatted(
                                header.getKey(),
                                Sources.cell(
                                        header.getValue().path("description").asText()))));
    }

    /** What has a comment in a source, by a pattern of both. */
    private static void described(StringBuilder page, String source, Pattern pattern, UnaryOperator<String> name) {
        Matcher found = pattern.matcher(Sources.read(Path.of("src/main/java/dev/caravan/" + source + ".java")));
        while (found.find()) {
            String meaning = Sources.markdown(found.group(1).replaceAll("\\n *\\*", " "));
            page.append("| `%s` | %s |\n".formatted(name.apply(found.group(2)), Sources.cell(meaning)));
        }
    }

    private static List<JsonNode> inOrder(Class<?> source, Map<String, JsonNode> properties) {
        if (!source.isRecord()) {
            return properties.values().stream()
                    .filter(property -> property.has("defaultValue"))
                    .toList();
        }
        String prefix = properties.keySet().iterator().next().replaceFirst("\\.[^.]+$", ".");
        List<JsonNode> ordered = new ArrayList<>();
        for (RecordComponent component : source.getRecordComponents()) {
            ordered.add(properties.get(prefix + DataObjectPropertyName.toDashedForm(component.getName())));
        }
        return ordered;
    }

    private static void append(StringBuilder page, JsonNode property) throws ClassNotFoundException {
        String name = property.path("name").asText();
        String type = property.path("type").asText();
        row(
                page,
                name,
                type,
                property.path("defaultValue").asText(""),
                property.path("description").asText());
        Matcher element = ELEMENT.matcher(type);
        if (!element.find()) {
            return;
        }
        Class<?> part = Class.forName(element.group(1));
        Map<String, String> meanings = Sources.javadoc(part);
        for (RecordComponent component : part.getRecordComponents()) {
            DefaultValue value = component.getAnnotation(DefaultValue.class) == null
                    ? parameterDefault(part, component.getName())
                    : component.getAnnotation(DefaultValue.class);
            row(
                    page,
                    name + "[]." + DataObjectPropertyName.toDashedForm(component.getName()),
                    component.getGenericType().getTypeName(),
                    value == null ? "" : String.join(", ", value.value()),
                    meanings.get(component.getName()));
        }
    }

    /** The annotation is for parameters. */
    private static DefaultValue parameterDefault(Class<?> type, String name) {
        for (var parameter : type.getDeclaredConstructors()[0].getParameters()) {
            if (parameter.getName().equals(name)) {
                return parameter.getAnnotation(DefaultValue.class);
            }
        }
        return null;
    }

    private static void row(StringBuilder page, String name, String type, String value, String meaning) {
        if (meaning == null || meaning.isEmpty()) {
            throw new IllegalStateException(name + " has no description: write a @param");
        }
        String shown = value.replaceAll("^\\[|]$", "").replace(", ", "`, `");
        page.append("| `%s` | %s | %s | %s |\n"
                .formatted(
                        name,
                        kind(type),
                        shown.isEmpty() ? "" : "`" + shown + "`",
                        Sources.cell(Sources.markdown(meaning))));
    }

    private static String kind(String type) {
        if (type.matches("java\\.util\\.(Set|List)<.*")) {
            return "list";
        }
        return switch (type.replaceFirst(".*\\.", "")) {
            case "Duration" -> "duration";
            case "DataSize" -> "size";
            case "Integer", "Long", "Double", "int", "long", "double" -> "number";
            case "Boolean", "boolean" -> "true or false";
            default -> "text";
        };
    }
}
