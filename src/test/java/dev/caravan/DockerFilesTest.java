package dev.caravan;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.io.ClassPathResource;
import org.yaml.snakeyaml.Yaml;

/** What the files in {@code docker/} say of each other, of Caravan and of this repository is so. */
class DockerFilesTest {
    private static final Path DOCKER = Path.of("docker");
    private static final String COMPOSE = "compose.yaml";
    private static final String CLUSTER = "compose.cluster.yaml";
    private static final Pattern IMAGE = Pattern.compile("[a-z/-]+:v?\\d+\\.\\d+\\.\\d+[\\w.-]*");
    private static final Pattern SECRET = Pattern.compile("PASSWORD|COOKIE|REDISCLI_AUTH");

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Object yaml) {
        return yaml == null ? Map.of() : (Map<String, Object>) yaml;
    }

    @SuppressWarnings("unchecked")
    private static List<Object> list(Object yaml) {
        return yaml == null ? List.of() : (List<Object>) yaml;
    }

    private static Map<String, Object> yaml(String file) throws IOException {
        return map(new Yaml().load(Files.readString(DOCKER.resolve(file))));
    }

    private static Map<String, Object> services(String file) throws IOException {
        return map(yaml(file).get("services"));
    }

    private static Collection<String> names(Object listOrMap) {
        return listOrMap instanceof Map<?, ?> map
                ? map.keySet().stream().map(Object::toString).toList()
                : list(listOrMap).stream().map(Object::toString).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {COMPOSE, CLUSTER})
    void eachServiceHasAVersionAHealthCheckAndNoPortForTheWorld(String file) throws IOException {
        String dockerfile = Files.readString(DOCKER.resolve("Dockerfile"));
        services(file).forEach((name, value) -> {
            Map<String, Object> service = map(value);
            if (service.containsKey("build")) {
                assertThat(dockerfile).as(name).contains("\nHEALTHCHECK ");
            } else {
                assertThat(service.get("image").toString()).as(name).matches(IMAGE);
                assertThat(map(service.get("healthcheck"))).as(name).containsKey("test");
            }
            assertThat(service).as(name).containsEntry("restart", "unless-stopped");
            assertThat(list(service.get("ports"))).as(name).allSatisfy(port -> assertThat(port.toString())
                    .startsWith("127.0.0.1:"));
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {COMPOSE, CLUSTER})
    void whatIsMountedAndWaitedForIsThere(String file) throws IOException {
        Map<String, Object> services = services(file);
        Set<String> volumes = map(yaml(file).get("volumes")).keySet();
        Set<String> used = new HashSet<>();
        services.forEach((name, value) -> {
            for (Object volume : list(map(value).get("volumes"))) {
                String source = volume.toString().split(":")[0];
                if (source.startsWith(".")) {
                    assertThat(DOCKER.resolve(source).normalize()).as(name).exists();
                    assertThat(volume.toString()).as(name).endsWith(":ro");
                } else {
                    used.add(source);
                }
            }
            assertThat(services.keySet()).as(name).containsAll(names(map(value).get("depends_on")));
        });
        assertThat(volumes).isEqualTo(used);
    }

    @ParameterizedTest
    @ValueSource(strings = {COMPOSE, CLUSTER})
    void noSecretIsInAFileAndEachIsInTheExample(String file) throws IOException {
        String example = Files.readString(DOCKER.resolve("env.example"));
        services(file)
                .forEach((name, value) -> map(map(value).get("environment")).forEach((variable, setting) -> {
                    if (SECRET.matcher(variable).find()) {
                        Matcher wanted = Pattern.compile("(?:\\{noop})?\\$\\{(\\w+):\\?see env\\.example}")
                                .matcher(setting.toString());
                        assertThat(wanted.matches()).as(name + " " + variable).isTrue();
                        assertThat(example).contains("\n" + wanted.group(1) + "=\n");
                    }
                }));
        assertThat(Files.readString(Path.of(".gitignore"))).contains("docker/.env");
    }

    @ParameterizedTest
    @ValueSource(strings = {COMPOSE, CLUSTER})
    void nothingStartsWithASecretOfTheExample(String file) throws IOException {
        assertThat(Files.readAllLines(DOCKER.resolve("env.example")))
                .filteredOn(line -> !line.startsWith("#"))
                .isNotEmpty()
                .allMatch(line -> line.matches("[A-Z_]+="));
        // "?" alone would take an empty value, and "-" brings a default.
        assertThat(Pattern.compile("\\$\\{[^}]*}")
                        .matcher(Files.readString(DOCKER.resolve(file)))
                        .results()
                        .map(found -> found.group()))
                .isNotEmpty()
                .allMatch(variable -> variable.matches("\\$\\{[A-Z_]+:\\?see env\\.example}"));
    }

    /** Names of networks by name of service. */
    private static Map<String, Set<String>> networks(String file) throws IOException {
        Map<String, Set<String>> networks = new TreeMap<>();
        services(file)
                .forEach((name, value) ->
                        networks.put(name, new TreeSet<>(names(map(value).get("networks")))));
        return networks;
    }

    @ParameterizedTest
    @ValueSource(strings = {COMPOSE, CLUSTER})
    void onlyWhoMustShareANetworkDo(String file) throws IOException {
        Map<String, Set<String>> wanted = new TreeMap<>();
        services(file)
                .keySet()
                .forEach(name -> wanted.put(
                        name,
                        switch (name.replaceFirst("-\\d$", "")) {
                            case "nginx" -> Set.of("public", "front");
                            case "caravan" ->
                                file.equals(COMPOSE)
                                        ? Set.of("front", "back", "scrape")
                                        : name.equals("caravan-3") ? Set.of("back") : Set.of("front", "back");
                            case "rabbitmq" -> file.equals(COMPOSE) ? Set.of("back", "scrape") : Set.of("back");
                            case "redis", "sentinel" -> Set.of("back");
                            case "prometheus" -> Set.of("monitoring", "scrape");
                            case "grafana" -> Set.of("monitoring");
                            default -> throw new AssertionError("what may reach " + name + "?");
                        }));
        assertThat(networks(file)).isEqualTo(wanted);
        Map<String, Object> declared = map(yaml(file).get("networks"));
        assertThat(declared.keySet())
                .isEqualTo(wanted.values().stream().flatMap(Set::stream).collect(Collectors.toSet()));
        assertThat(declared)
                .allSatisfy((name, options) -> assertThat(map(options).get("internal"))
                        .as(name)
                        .isEqualTo(Set.of("public", "monitoring").contains(name) ? null : true));
    }

    @Test
    void theBrokerLetsCaravanDeclareItsOwnAndNothingElse() throws IOException {
        JsonNode definitions =
                new ObjectMapper().readTree(DOCKER.resolve("rabbitmq/user.json").toFile());
        assertThat(definitions.path("users")).hasSize(1).allSatisfy(user -> assertThat(user.path("tags"))
                .isEmpty());
        assertThat(definitions.path("permissions")).hasSize(1);
        for (String permission : List.of("configure", "write", "read")) {
            Pattern pattern = Pattern.compile(
                    definitions.path("permissions").get(0).path(permission).asText());
            assertThat(List.of(
                            "boot.amqp.worker-queue",
                            "boot.amqp.worker-queue.again",
                            "boot.amqp.worker-queue.high",
                            "boot.amqp.worker-queue.low",
                            "boot.amqp.worker-queue.dead",
                            "boot.fanout.exchange",
                            "boot.direct.exchange",
                            "boot.fanout.exchange.node-1.0f8fad5b",
                            "caravan.chat",
                            "caravan.chat.node-1.0f8fad5b",
                            "caravan.chat.topics",
                            "caravan.stomp.orders",
                            "caravan.events.invoices",
                            "caravan.events.dead"))
                    .as(permission)
                    .allMatch(pattern.asPredicate());
            assertThat(List.of("payments", "amq.topic", "my.boot.amqp.worker-queue", "caravan.chats", "boot.other"))
                    .as(permission)
                    .noneMatch(pattern.asPredicate());
            // The default exchange, by which messages go to a queue of a name.
            assertThat(pattern.asPredicate().test("amq.default")).as(permission).isEqualTo(permission.equals("write"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {COMPOSE, CLUSTER})
    void whatCaravanIsToldIsASettingThatThereIs(String file) throws IOException {
        Set<String> known = settings();
        services(file).forEach((name, value) -> {
            if (map(value).containsKey("build")) {
                Map<String, Object> environment = map(map(value).get("environment"));
                assertThat(environment).as(name).containsEntry("CARAVAN_NODE", name);
                assertThat(environment.keySet()).as(name).allSatisfy(variable -> assertThat(known)
                        .contains(plain(variable.replaceFirst("_\\d+_.*", ""))));
            }
        });
    }

    @Test
    void whatKubernetesTellsCaravanIsASettingThatThereIs() throws IOException {
        Set<String> known = settings();
        assertThat(Pattern.compile("name: ((?:CARAVAN|SPRING)_\\w+)")
                        .matcher(Files.readString(DOCKER.resolve("kubernetes/worker.yaml")))
                        .results()
                        .map(found -> plain(found.group(1))))
                .hasSizeGreaterThan(3)
                .isSubsetOf(known);
    }

    /** Those of Caravan, of Spring Boot and of Camel, as they are in a variable of the environment, without underscores. */
    private static Set<String> settings() throws IOException {
        Set<String> known = new HashSet<>(Set.of(plain("caravan.node")));
        new YamlPropertySourceLoader()
                .load("application", new ClassPathResource("application.yaml"))
                .forEach(source -> Stream.of(((EnumerablePropertySource<?>) source).getPropertyNames())
                        .forEach(name -> known.add(plain(name))));
        ObjectMapper json = new ObjectMapper();
        for (URL metadata : Collections.list(
                DockerFilesTest.class.getClassLoader().getResources("META-INF/spring-configuration-metadata.json"))) {
            try (InputStream in = metadata.openStream()) {
                json.readTree(in)
                        .path("properties")
                        .forEach(property ->
                                known.add(plain(property.path("name").asText())));
            }
        }
        return known;
    }

    private static String plain(String name) {
        return name.replaceAll("\\[\\d+]|[._-]", "").toUpperCase(java.util.Locale.ROOT);
    }

    @Test
    void theImageIsBuiltOfWhatIsThere() throws IOException {
        List<String> sent = Files.readAllLines(DOCKER.resolve("Dockerfile.dockerignore")).stream()
                .filter(line -> line.startsWith("!"))
                .map(line -> line.substring(1))
                .toList();
        assertThat(sent).allSatisfy(path -> assertThat(Path.of(path)).exists());
        List<String> copied = Files.readAllLines(DOCKER.resolve("Dockerfile")).stream()
                .filter(line -> line.startsWith("COPY ") && !line.contains("--from="))
                .flatMap(line -> Stream.of(line.split(" ")).skip(1))
                .filter(path -> !path.startsWith("./"))
                .toList();
        assertThat(copied).contains("pom.xml", "docker/healthy.sh").allSatisfy(path -> {
            assertThat(Path.of(path)).exists();
            assertThat(sent).anyMatch(prefix -> path.equals(prefix) || prefix.startsWith(path + "/"));
        });
        assertThat(Files.readAllLines(DOCKER.resolve("Dockerfile"))).contains("USER caravan");
    }

    @Test
    void nginxPassesOnNothingThatAClientSaysOfItsAddress() throws IOException {
        Matcher headers = Pattern.compile("proxy_set_header (\\S+) (\\S+);")
                .matcher(Files.readString(DOCKER.resolve("nginx/nginx.conf")));
        Map<String, String> sent =
                headers.results().collect(Collectors.toMap(found -> found.group(1), found -> found.group(2)));
        assertThat(sent)
                .containsEntry("X-Forwarded-For", "$remote_addr")
                .containsEntry("X-Forwarded-Proto", "$scheme")
                .containsEntry("X-Forwarded-Host", "$http_host");
        assertThat(List.of(
                        "Forwarded",
                        "Via",
                        "X-Real-IP",
                        "X-Forwarded-Port",
                        "X-Forwarded-Server",
                        "X-Forwarded-Prefix",
                        "X-Forwarded-Ssl",
                        "X-Proxied-Https",
                        "Proxy-Auth-Cert",
                        "Proxy-Ssl-Id"))
                .allSatisfy(header -> assertThat(sent).containsEntry(header, "\"\""));
    }

    @Test
    void whoIsAskedIsAService() throws IOException {
        Set<String> both = new TreeSet<>(services(COMPOSE).keySet());
        both.retainAll(services(CLUSTER).keySet());
        Matcher upstream =
                Pattern.compile("server ([\\w-]+):8080").matcher(Files.readString(DOCKER.resolve("nginx/nginx.conf")));
        assertThat(upstream.results().map(found -> found.group(1)).toList())
                .isNotEmpty()
                .allSatisfy(name -> assertThat(both).contains(name));
        Matcher targets = Pattern.compile("([\\w-]+):\\d+")
                .matcher(Files.readString(DOCKER.resolve("prometheus/prometheus.yml")));
        assertThat(targets.results().map(found -> found.group(1)).toList())
                .isNotEmpty()
                .allSatisfy(name -> assertThat(services(COMPOSE)).containsKey(name));
    }

    @Test
    void whatTheDashboardAndTheAlertsShowIsMeasured() throws IOException {
        JsonNode dashboard = new ObjectMapper()
                .readTree(DOCKER.resolve("grafana/dashboards/caravan.json").toFile());
        String sources;
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            sources = files.filter(Files::isRegularFile)
                    .map(DockerFilesTest::read)
                    .collect(Collectors.joining());
        }
        StringBuilder expressions = new StringBuilder(Files.readString(DOCKER.resolve("prometheus/alerts.yml")));
        dashboard.path("panels").forEach(panel -> panel.path("targets")
                .forEach(target ->
                        expressions.append(target.path("expr").asText()).append('\n')));
        Set<String> measured = Pattern.compile("caravan_\\w+")
                .matcher(expressions)
                .results()
                .map(MatchResult::group)
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(measured).hasSizeGreaterThan(5).allSatisfy(name -> assertThat(sources)
                .contains("\""
                        + name.replaceFirst("(_seconds_(bucket|sum|count)|_total)$", "")
                                .replace('_', '.') + "\""));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
