package dev.caravan;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.caravan.routes.files.RoutesDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.core.io.ClassPathResource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.events.CollectionStartEvent;

/** What holds for every file under {@code routes/}, so that each can be read aloud, and edited while it runs. */
class RouteFilesTest {
    private static final Path FOLDER = Path.of("src/main/resources/routes");
    private static final String SUFFIX = ".camel.yaml";
    private static final int MAX_STEPS = 8;
    /** What the ids of the routes in a file begin with. */
    private static final Map<String, List<String>> SUBJECTS = Map.ofEntries(
            Map.entry("engine/jobs", List.of("jobs-", "job-progress")),
            Map.entry("engine/job-status", List.of("status-", "counts-")),
            Map.entry("engine/job-recovery", List.of("jobs-")),
            Map.entry("engine/job-bulk", List.of("job-bulk", "bulk-act")),
            Map.entry("engine/batches", List.of("batches-")),
            Map.entry("engine/job-limits", List.of("jobs-", "types-paused")),
            Map.entry("engine/chat", List.of("chat-")),
            Map.entry("engine/chat-cluster", List.of("chat-cluster-", "chat-announce")),
            Map.entry("engine/chat-history", List.of("chat-history-")),
            Map.entry("engine/destinations", List.of("destinations-")),
            Map.entry("engine/events", List.of("events-")),
            Map.entry("engine/nodes", List.of("nodes-")),
            Map.entry("engine/schedules", List.of("schedules-")),
            Map.entry("engine/hooks", List.of("hooks-")),
            Map.entry("engine/webhooks", List.of("webhooks-", "job-webhook-delivery")),
            Map.entry("engine/topology", List.of("topology-")),
            Map.entry("events/publish", List.of("events-publish")));

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Schema LANGUAGE = schema(readSchema());
    private static final Schema CANONICAL = schema(withoutShorthand(readSchema()));
    private static final Pattern EXAMPLE = Pattern.compile("```yaml\n(- route:.*?)```", Pattern.DOTALL);
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{(?:\\w+:)?(caravan\\.[\\w.-]+)}}");

    static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.walk(FOLDER)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.startsWith(FOLDER.resolve(".history"))) // edits made while it ran from here
                    .filter(file -> !file.toString().endsWith(RoutesDirectory.TESTS)) // RouteTestsTest runs them
                    .sorted()
                    .toList();
        }
    }

    static List<Path> handlers() throws IOException {
        return files().stream().filter(RouteFilesTest::isHandler).toList();
    }

    static List<Path> subscribers() throws IOException {
        return files().stream().filter(RouteFilesTest::isSubscriber).toList();
    }

    /** What an author's new file begins with. */
    static List<Path> templates() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("src/main/resources/static/dashboard/templates"))) {
            return files.filter(file -> file.toString().endsWith(".camel.yaml"))
                    .sorted()
                    .toList();
        }
    }

    static List<Path> documents() throws IOException {
        try (Stream<Path> documents = Files.walk(Path.of("docs"))) {
            return Stream.concat(Stream.of(Path.of("README.md")), documents.sorted())
                    .filter(document -> document.toString().endsWith(".md"))
                    .toList();
        }
    }

    @Test
    void everyFileIsOneThatCamelIncludes() throws IOException {
        assertThat(files()).isNotEmpty().allSatisfy(file -> {
            assertThat(file.toString()).endsWith(SUFFIX);
            assertThat(List.of(
                            FOLDER.resolve("jobs"),
                            FOLDER.resolve("events"),
                            FOLDER.resolve("chat"),
                            FOLDER.resolve("engine")))
                    .contains(file.getParent());
        });
    }

    @ParameterizedTest
    @MethodSource("files")
    void camelReadsIt(Path file) throws Exception {
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            PluginHelper.getRoutesLoader(context).loadRoutes(ResourceHelper.resolveResource(context, "file:" + file));
            assertThat(context.getRouteDefinitions())
                    .hasSameSizeAs(routes(file))
                    .allSatisfy(route -> assertThat(route.getInput()).isNotNull())
                    .extracting(RouteDefinition::getId)
                    .containsExactlyElementsOf(routes(file).stream()
                            .map(route -> route.get("id"))
                            .map(String.class::cast)
                            .toList());
        }
    }

    @ParameterizedTest
    @MethodSource({"files", "templates"})
    void itFollowsTheSchemaOfTheLanguage(Path file) throws IOException {
        assertThat(LANGUAGE.validate(JSON.valueToTree(parse(file)))).isEmpty();
    }

    @ParameterizedTest
    @MethodSource({"files", "templates"})
    void itIsCanonical(Path file) throws IOException {
        assertThat(CANONICAL.validate(JSON.valueToTree(parse(file)))).isEmpty();
    }

    /** Visual editors write files so, and a line of it changes alone. */
    @ParameterizedTest
    @MethodSource("files")
    void itIsInBlockStyle(Path file) throws IOException {
        assertThat(new Yaml().parse(new StringReader(Files.readString(file))))
                .filteredOn(event -> event instanceof CollectionStartEvent start && start.isFlow())
                .isEmpty();
    }

    /** As {@code camel run} does: without Caravan, and without its failure policies. */
    @Test
    void handlersThatNameNothingOfCaravanRunInCamelAlone() throws Exception {
        List<String> progress = new ArrayList<>();
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            for (String file : List.of("totals", "steps")) {
                PluginHelper.getRoutesLoader(context)
                        .loadRoutes(ResourceHelper.resolveResource(
                                context, "file:" + FOLDER.resolve("jobs/" + file + SUFFIX)));
            }
            context.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:job-progress")
                            .process(exchange ->
                                    progress.add(exchange.getMessage().getHeader("progressText", String.class)));
                }
            });
            context.start();
            try (ProducerTemplate producer = context.createProducerTemplate()) {
                assertThat(
                                producer.requestBody(
                                        "direct:job-totals",
                                        "{\"csv\": \"city,amount\\nParis,3\\nOslo,4\\n\", \"by\": \"city\", \"sum\": \"amount\"}"))
                        .isEqualTo(
                                "[{\"city\":\"Oslo\",\"amount\":4,\"rows\":1},{\"city\":\"Paris\",\"amount\":3,\"rows\":1}]");
                assertThat(producer.requestBody("direct:job-steps", "{\"steps\": 2, \"pause\": 1}"))
                        .isEqualTo("2 steps");
            }
        }
        assertThat(progress).containsExactly("Step 1 of 2", "Step 2 of 2");
    }

    @ParameterizedTest
    @MethodSource("documents")
    void theRoutesInADocumentAreCanonical(Path document) throws IOException {
        Matcher example = EXAMPLE.matcher(Files.readString(document));
        while (example.find()) {
            JsonNode routes = JSON.valueToTree(parse(example.group(1)));
            assertThat(LANGUAGE.validate(routes)).as(example.group(1)).isEmpty();
            assertThat(CANONICAL.validate(routes)).as(example.group(1)).isEmpty();
        }
    }

    @Test
    void whatIsShorthandIsNotCanonical() {
        for (String step : List.of(
                "- log: hello",
                "- to: direct:a",
                "- setBody: { simple: a }",
                "- setBody: { expression: { simple: a } }",
                "- filter: { simple: a, steps: [] }")) {
            JsonNode route = JSON.valueToTree(
                    parse("- route: { id: a, from: { uri: direct:a, steps: [ %s ] } }".formatted(step.substring(2))));
            assertThat(LANGUAGE.validate(route)).as(step).isEmpty();
            assertThat(CANONICAL.validate(route)).as(step).isNotEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void itHoldsRoutesAloneEachWithIdDescriptionAndPolicy(Path file) throws IOException {
        assertThat(parse(file)).allSatisfy(entry -> assertThat(entry).containsOnlyKeys("route"));
        assertThat(routes(file)).isNotEmpty().allSatisfy(route -> {
            assertThat(route).containsKeys("id", "description", "routeConfigurationId", "from");
            assertThat((String) route.get("description")).hasSizeGreaterThan(10).doesNotEndWith(".");
            assertThat(route.get("routeConfigurationId"))
                    .isIn("accept-or-withdraw", "reject-or-requeue", "reply-with-error", "best-effort", "propagate");
        });
    }

    @ParameterizedTest
    @MethodSource("files")
    void itIsShort(Path file) throws IOException {
        walk(parse(file), (name, value) -> {
            if (name.equals("steps")) {
                assertThat((List<?>) value).hasSizeLessThanOrEqualTo(MAX_STEPS);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("files")
    void itMakesNoBeansAndNamesNoClassButTypesAndExceptions(Path file) throws IOException {
        walk(parse(file), (name, value) -> {
            assertThat(name).as("in " + file).isNotIn("beans", "rest", "beanType", "script", "groovy", "process");
        });
        assertThat(Files.readString(file)).doesNotContain("#class:", "#type:", "class:");
    }

    @Test
    void everyRouteHasAnIdOfItsOwnThatSaysWhereItStands() throws IOException {
        Map<String, Path> seen = new TreeMap<>();
        for (Path file : files()) {
            String name = name(file);
            for (Map<String, Object> route : routes(file)) {
                String id = (String) route.get("id");
                assertThat(id).matches("[a-z]+(-[a-z]+)+");
                assertThat(seen.put(id, file)).as("route %s stands twice", id).isNull();
                if (!isHandler(file) && !isSubscriber(file)) {
                    assertThat(SUBJECTS.getOrDefault(topic(file), List.of("chat-")))
                            .as("what %s in %s begins with", id, file)
                            .anyMatch(id::startsWith);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void aRouteThatStartsAtADirectEndpointHasItsName(Path file) throws IOException {
        assertThat(routes(file)).allSatisfy(route -> {
            String uri = uri(route);
            if (uri.startsWith("direct:")) {
                assertThat(uri).isEqualTo("direct:" + route.get("id"));
            }
        });
    }

    @ParameterizedTest
    @MethodSource("subscribers")
    void aSubscriberIsOneRouteNamedForItsSubscription(Path file) throws IOException {
        assertThat(routes(file)).singleElement().satisfies(route -> {
            assertThat(route.get("id")).isEqualTo("event-" + name(file));
            assertThat(uri(route)).isEqualTo("events:" + name(file));
            assertThat(route.get("routeConfigurationId")).isEqualTo("propagate");
            assertThat(route.get("precondition")).isEqualTo("{{role:events}}");
        });
    }

    @ParameterizedTest
    @MethodSource("handlers")
    void aHandlerIsOneRouteNamedForItsType(Path file) throws IOException {
        assertThat(routes(file)).singleElement().satisfies(route -> {
            assertThat(route.get("id")).isEqualTo("job-" + name(file));
            assertThat(uri(route)).isEqualTo("direct:job-" + name(file));
            assertThat(route.get("routeConfigurationId")).isEqualTo("propagate");
        });
    }

    @Test
    void everyDirectEndpointThatIsCalledIsThere() throws IOException {
        Set<String> there = new HashSet<>();
        List<String> called = new ArrayList<>();
        for (Path file : files()) {
            routes(file).forEach(route -> there.add(uri(route)));
            walk(parse(file), (name, value) -> {
                if (Set.of("to", "toD", "wireTap").contains(name)) {
                    String uri = value instanceof Map<?, ?> map ? (String) map.get("uri") : (String) value;
                    if (uri.startsWith("direct:") && !uri.contains("${")) {
                        called.add(uri.replaceFirst("\\?.*", ""));
                    }
                }
            });
        }
        assertThat(called).isNotEmpty();
        assertThat(there).containsAll(called);
        assertThat(there)
                .as("what Java calls")
                .contains("direct:jobs-submit")
                .contains("direct:events-publish")
                .contains("direct:status-withdraw", "direct:jobs-reject", "direct:chat-reject", "direct:nodes-read");
    }

    @Test
    void everySettingThatIsReadHasADefault() throws IOException {
        List<String> defaults = new ArrayList<>();
        try (InputStream settings =
                new ClassPathResource("META-INF/spring-configuration-metadata.json").getInputStream()) {
            JSON.readTree(settings).path("properties").forEach(setting -> {
                if (setting.has("defaultValue")) {
                    defaults.add(setting.path("name").asText());
                }
            });
        }
        List<String> read = new ArrayList<>();
        for (Path file : files()) {
            Matcher matcher = PLACEHOLDER.matcher(Files.readString(file));
            while (matcher.find()) {
                read.add(matcher.group(1));
            }
        }
        assertThat(read).isNotEmpty();
        assertThat(defaults).containsAll(read);
    }

    private static JsonNode readSchema() {
        try (InputStream schema = new ClassPathResource("schema/camelYamlDsl.json").getInputStream()) {
            return JSON.readTree(schema);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Schema schema(JsonNode schema) {
        return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_4).getSchema(schema);
    }

    /**
     * The canonical form of the language, as visual editors write it and newer versions of Camel publish as a schema of
     * its own: a step is always an object, and its expression stands under {@code expression}.
     */
    private static JsonNode withoutShorthand(JsonNode schema) {
        for (JsonNode definition : schema.at("/items/definitions")) {
            for (JsonNode form : definition.path("oneOf")) {
                if (form.path("type").asText().equals("object")) {
                    ((ObjectNode) definition).remove("oneOf");
                    ((ObjectNode) definition).setAll((ObjectNode) form);
                }
            }
            JsonNode expression = definition.at("/anyOf/0/oneOf/2/properties/expression");
            if (!expression.isMissingNode()) {
                ObjectNode properties = (ObjectNode) definition.get("properties");
                properties.properties().removeIf(property -> property.getValue().isEmpty());
                properties.set("expression", expression);
                ((ObjectNode) definition).remove("anyOf");
            }
        }
        return schema;
    }

    private static String topic(Path file) {
        return file.getParent().getFileName() + "/" + name(file);
    }

    private static boolean isHandler(Path file) {
        return file.getParent().endsWith("jobs");
    }

    private static boolean isSubscriber(Path file) {
        return file.getParent().endsWith("events") && !name(file).equals("publish");
    }

    private static String name(Path file) {
        return file.getFileName().toString().replace(SUFFIX, "");
    }

    private static String uri(Map<String, Object> route) {
        return (String) ((Map<?, ?>) route.get("from")).get("uri");
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> routes(Path file) throws IOException {
        return parse(file).stream()
                .map(entry -> (Map<String, Object>) entry.get("route"))
                .toList();
    }

    private static List<Map<String, Object>> parse(Path file) throws IOException {
        return parse(Files.readString(file));
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> parse(String text) {
        LoaderOptions strict = new LoaderOptions();
        strict.setAllowDuplicateKeys(false);
        return (List<Map<String, Object>>) new Yaml(new SafeConstructor(strict)).load(text);
    }

    /** Every name in a document with its value. */
    private static void walk(Object node, BiConsumer<String, Object> visitor) {
        if (node instanceof Map<?, ?> map) {
            map.forEach((name, value) -> {
                visitor.accept((String) name, value);
                walk(value, visitor);
            });
        } else if (node instanceof List<?> list) {
            list.forEach(item -> walk(item, visitor));
        }
    }
}
