package dev.caravan.routes;

import static dev.caravan.routes.Texts.bytes;
import static dev.caravan.routes.Texts.route;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.caravan.CaravanApplication;
import dev.caravan.fixture.Rounds;
import dev.caravan.job.JobTypes;
import dev.caravan.routes.files.RouteProblem;
import dev.caravan.routes.files.RoutesDirectory;
import dev.caravan.routes.files.RoutesHistory;
import dev.caravan.routes.files.RoutesRejected;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import javax.management.ObjectName;
import org.apache.camel.CamelContext;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.Route;
import org.apache.camel.ServiceStatus;
import org.apache.camel.support.DefaultComponent;
import org.apache.camel.support.DefaultConsumer;
import org.apache.camel.support.DefaultEndpoint;
import org.apache.camel.support.LifecycleStrategySupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.util.FileSystemUtils;

/** Whatever is saved in the routes directory of a running node, no healthy route stops, and the next good save lives. */
@Timeout(180)
class LiveEditTest {
    private static final Path SHIPPED = Path.of("src/main/resources/routes");
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String LIVE = "jobs/live.camel.yaml";
    private static final String OTHER = "jobs/other.camel.yaml";
    private static final String NEW = "jobs/new.camel.yaml";
    private static final String TWO = route("job-live", "one") + route("job-second", "second");
    private static final Map<String, byte[]> GOOD = new TreeMap<>();

    @TempDir
    static Path temporary;

    private static Path folder;
    private static ConfigurableApplicationContext application;
    private static CamelContext camel;
    private static ProducerTemplate producer;
    private static RoutesConfiguration live;
    private static Set<String> healthy;

    @BeforeAll
    static void start() throws IOException {
        folder = temporary.toRealPath().resolve("routes");
        try (Stream<Path> files = Files.walk(SHIPPED)) {
            for (Path file : files.filter(path -> path.toString().endsWith(RoutesDirectory.SUFFIX))
                    .filter(path -> !path.toString().contains(RoutesHistory.FOLDER))
                    .toList()) {
                GOOD.put(SHIPPED.relativize(file).toString().replace('\\', '/'), Files.readAllBytes(file));
            }
        }
        GOOD.put(LIVE, bytes(TWO));
        GOOD.put(OTHER, bytes(route("job-other", "other")));
        GOOD.forEach(LiveEditTest::save);
        application = start(folder);
        camel = application.getBean(CamelContext.class);
        producer = camel.createProducerTemplate();
        live = application.getBean(RoutesConfiguration.class);
        healthy = new HashSet<>();
        camel.getRoutes().forEach(route -> healthy.add(route.getId()));
        assertThat(healthy).contains("jobs-process", "job-live", "job-second", "job-other", "api-submit");
        await().atMost(Duration.ofSeconds(30)).untilAsserted(LiveEditTest::assertAllRun); // REST comes last
    }

    private static ConfigurableApplicationContext start(Path directory, String... more) {
        Stream<String> settings = Stream.of(
                "--server.port=0",
                "--caravan.routes.directory=" + directory,
                "--caravan.routes.poll=20ms",
                "--caravan.routes.drain=5s",
                "--caravan.routes.trial.timeout=60s",
                "--caravan.jobs.default-duration=0ms");
        SpringApplication caravan = new SpringApplication(CaravanApplication.class);
        caravan.addInitializers(context -> ((GenericApplicationContext) context)
                .registerBean("stillborn", Stillborn.class, bean -> bean.setScope("prototype")));
        return caravan.run(Stream.concat(settings, Arrays.stream(more)).toArray(String[]::new));
    }

    @AfterAll
    static void stop() {
        if (application != null) {
            application.close();
        }
    }

    /** Whatever a test did: the good files come back, and everything lives as it did. */
    @AfterEach
    void theNextGoodSaveIsLive() throws IOException {
        for (Path file : Files.isDirectory(folder) ? routeFiles() : List.<Path>of()) {
            if (!GOOD.containsKey(folder.relativize(file).toString())) {
                Files.delete(file);
            }
        }
        GOOD.forEach(LiveEditTest::save);
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(live.problems()).isEmpty();
            assertThat(live.routes().pending(GOOD)).isEmpty();
            assertThat(live.routes().files()).containsOnlyKeys(GOOD.keySet());
        });
        assertAllRun();
        assertThat(answer("job-live")).isEqualTo("one");
    }

    private static List<Path> routeFiles() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(RoutesDirectory.SUFFIX))
                    .filter(file -> !file.toString().contains(RoutesHistory.FOLDER))
                    .toList();
        }
    }

    private static void assertAllRun() {
        assertRun(healthy);
    }

    private static void assertRun(Set<String> ids) {
        for (String id : ids) {
            assertThat(camel.getRouteController().getRouteStatus(id)).as(id).isEqualTo(ServiceStatus.Started);
        }
    }

    private static void save(String name, byte[] text) {
        try {
            Path file = folder.resolve(name);
            if (!Files.isRegularFile(file) || !Arrays.equals(text, Files.readAllBytes(file))) {
                Files.createDirectories(file.getParent());
                Path part = Files.createTempFile(file.getParent(), ".", ".part");
                Files.write(part, text);
                // Never half of it, and never none: REPLACE_EXISTING would delete the old one first.
                Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void save(String name, String text) {
        save(name, bytes(text));
    }

    private static String answer(String id) {
        return producer.requestBody("direct:" + id, "", String.class);
    }

    private static void awaitAnswer(String id, String answer) {
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(camel.getRoute(id)).isNotNull();
            assertThat(answer(id)).isEqualTo(answer);
        });
    }

    private static RouteProblem awaitProblem(String file) {
        await().atMost(SOON).until(() -> live.problems().stream()
                .anyMatch(problem -> problem.file().contains(file)));
        return live.problems().stream()
                .filter(problem -> problem.file().contains(file))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void refusesAndGoesOn(String what, String text, String reason, Integer line) {
        save(LIVE, text);
        RouteProblem problem = awaitProblem(LIVE);
        assertThat(problem.reason()).containsIgnoringCase(reason);
        assertThat(problem.line()).isEqualTo(line);
        assertAllRun();
        assertThat(answer("job-live")).isEqualTo("one");
        save(LIVE, TWO.replace("one", "next"));
        awaitAnswer("job-live", "next");
        await().atMost(SOON).until(() -> live.problems().isEmpty());
        assertAllRun();
    }

    static Stream<Arguments> refusesAndGoesOn() {
        return Stream.of(
                Arguments.of("syntax", TWO.replace("      uri: direct:job-live", "     uri: [\n"), "YAML", 8),
                Arguments.of("empty", "", "empty", 1),
                Arguments.of("truncated", TWO.substring(0, TWO.indexOf("steps:")), "", 1),
                Arguments.of("unknown component to", step("to: nope:there"), "nope", 7),
                Arguments.of("unknown component from", TWO.replace("direct:job-live", "nope:there"), "nope", 4),
                Arguments.of("unknown option", step("to: log:a?nope=1"), "nope", 7),
                Arguments.of("bad option", step("to: log:a?groupSize=many"), "many", 7),
                Arguments.of("simple", step("setBody: {simple: '${nope.'}"), "functionEnd", 7),
                Arguments.of("unknown function", step("setBody: {simple: '${nope}'}"), "nope", 7),
                Arguments.of("missing property", step("log: '{{nope}}'"), "nope", 7),
                Arguments.of("unknown step", step("nope: {a: b}"), "nope", 7),
                Arguments.of("unknown key", step("setBody: {nope: b}"), "nope", 7),
                Arguments.of("missing bean", step("bean: {ref: nope, method: a}"), "nope", 7),
                Arguments.of("missing bean in simple", step("setBody: {simple: '${bean:nope?method=a}'}"), "nope", 7),
                Arguments.of("missing method", step("bean: {ref: jobStore, method: nope}"), "nope", 7),
                Arguments.of(
                        "missing method in simple",
                        step("setBody: {simple: '${bean:jobStore?method=nope}'}"),
                        "nope",
                        7),
                Arguments.of("jq", step("setBody: {jq: {expression: '.a | (('}}"), "", 7),
                Arguments.of("data format", step("marshal: {custom: {ref: nope}}"), "nope", 7),
                Arguments.of("policy", TWO.replaceFirst("propagate", "nope"), "nope", 3),
                Arguments.of(
                        "takes a name", TWO.replace("direct:job-live", "direct:job-other?block=false"), "job-other", 4),
                Arguments.of("id of a file", TWO.replace("id: job-live", "id: job-other"), "in jobs/other", 1),
                Arguments.of("id of Java", TWO.replace("id: job-live", "id: api-submit"), "in Java", 1),
                Arguments.of("start of another", TWO.replace("direct:job-live", "direct:job-other"), "job-other", 4),
                Arguments.of("start of Java", TWO.replace("direct:job-live", "direct:api-submit"), "api-submit", 4),
                Arguments.of("no id", TWO.replace("    id: job-live\n", ""), "id", 1),
                Arguments.of("foo", "foo: bar", "list of routes", 1),
                Arguments.of("brackets", "[".repeat(20_000), "64 levels", 1),
                Arguments.of("6 MB", "# " + "a".repeat(6 << 20), "larger", null),
                Arguments.of("laughs", "- &a [1]\n- [*a, *a]", "alias", 2),
                Arguments.of("dynamic", step("toD: '${body}'"), "scheme", 7),
                Arguments.of("dynamic unknown", step("toD: 'nope:${body}'"), "nope", 7),
                Arguments.of("calls nobody", step("to: direct:nobody"), "nobody", 7),
                Arguments.of("rest", TWO + "- rest: {get: [{path: /a}]}\n", "REST", 17));
    }

    private static String step(String step) {
        return route("job-live", "direct:job-live", step) + route("job-second", "second");
    }

    @Test
    void tellsAllThatIsWrongInAllFilesAtOnce() {
        String live =
                """
                - route:
                    id: job-live
                    routeConfigurationId: propgate
                    from:
                      uri: direct:job-live
                      steps:
                        - lug: ${body}
                        - split:
                            expression: { simple: { expression: "${body}" } }
                            steps:
                              - to: { uri: "tmier:a" }
                              - bean: { ref: jobStroe, method: write }
                        - { log: { mesage: "a" } }
                        - to: { uri: "log:a?groupSzie=3" }
                        - to: { uri: direct:job-ohter }
                        - log: { message: "{{caravan.jobs.quue}} {{nothing.like.it}}" }
                - route:
                    id: job-second
                    precondition: "{{role:wroker}}"
                    from:
                      uri: direct:job-second
                      steps:
                        - setBody: { expression: { jqq: { expression: "." } } }
                """;
        save(LIVE, live);
        save(NEW, route("job-new", "direct:job-new", "\tnope: [").replace("\t", "") + "- : :");
        save("jobs/newer.camel.yaml", route("job-newer", "direct:newer", "log: a"));
        await().atMost(SOON).untilAsserted(() -> assertThat(live(LIVE)).hasSize(10));

        assertThat(live(LIVE))
                .extracting(RouteProblem::line, RouteProblem::reason, RouteProblem::suggestion)
                .containsExactly(
                        tuple(3, "there is no routeConfigurationId \"propgate\"", "propagate"),
                        tuple(7, "unknown step \"lug\"", "log"),
                        tuple(11, "unknown component \"tmier\"", "timer"),
                        tuple(12, "there is no bean \"jobStroe\"", "jobStore"),
                        tuple(13, "unknown option \"mesage\"", "message"),
                        tuple(14, "unknown option \"groupSzie\" of an endpoint", "groupSize"),
                        tuple(15, "calls direct:job-ohter, where no route starts", "direct:job-other"),
                        tuple(16, "there is no setting \"caravan.jobs.quue\"", "caravan.jobs.queue"),
                        tuple(19, "there is no role \"wroker\"", "worker"),
                        tuple(23, "unknown language \"jqq\"", "jq"));
        assertThat(live(LIVE).get(1))
                .hasToString(LIVE + ":7:11: unknown step \"lug\", did you mean \"log\"?")
                .extracting(RouteProblem::excerpt)
                .isEqualTo("        - lug: ${body}");
        assertThat(live(NEW)).singleElement().extracting(RouteProblem::line).isNotNull();
        assertThat(live("jobs/newer.camel.yaml"))
                .singleElement()
                .extracting(RouteProblem::reason)
                .isEqualTo("the handler job-newer must start at direct:job-newer, where its jobs come in,"
                        + " not at direct:newer");
        assertAllRun();
    }

    private static List<RouteProblem> live(String file) {
        return live.problems().stream()
                .filter(problem -> problem.file().equals(file))
                .toList();
    }

    @Test
    void wantsJsonAsTheExampleOfAHandler() {
        String example = "    note: 'x-example: %s'\n    from:";
        save(LIVE, TWO.replaceFirst("    from:", example.formatted("{\"a\": ")));
        assertThat(awaitProblem(LIVE)).hasToString(LIVE + ":4:12: the text behind x-example: is not JSON");
        save(
                LIVE,
                TWO.replaceFirst("    from:", example.formatted("{\"a\": 1}")).replace("one", "json"));
        awaitAnswer("job-live", "json");
    }

    @Test
    void refusesSettingsOfATypeThatAreWrong() {
        String note = "    note: |\n      x-atempts: 3\n      x-timeout: 0s\n    from:";
        save(LIVE, TWO.replaceFirst("    from:", note));
        await().atMost(SOON).until(() -> !live(LIVE).isEmpty());
        assertThat(live(LIVE))
                .extracting(RouteProblem::toString)
                .containsExactly(
                        LIVE + ":5:7: unknown setting \"x-atempts\" of a type, did you mean \"x-attempts\"?",
                        LIVE + ":6:7: x-timeout must be 1ms to 365d");
        save(
                LIVE,
                TWO.replaceFirst(
                                "    from:", note.replace("atempts", "attempts").replace("0s", "1s"))
                        .replace("one", "set"));
        awaitAnswer("job-live", "set");
        assertThat(application.getBean(JobTypes.class).of("live").retry().attempts())
                .isEqualTo(3);
    }

    @Test
    void tellsAHundredProblemsAndHowManyMoreThereAre() {
        for (int i = 0; i < 103; i++) {
            save("many/extra-%d.camel.yaml".formatted(i), route("extra-" + i, "nope:a", "log: a"));
        }
        await().atMost(SOON).until(() -> live.problems().size() > 100);
        assertThat(live.problems()).hasSize(101).last().hasToString("(and more): 3 more problems");
    }

    @Test
    void tellsOfAYamlFileThatIsNoRouteFile() throws IOException {
        Path other = Files.writeString(folder.resolve("jobs/other.yaml"), "- route: {}");
        Files.writeString(folder.resolve("jobs/other.yaml~"), "");
        Files.writeString(folder.resolve("jobs/.other.yml.swp"), "");
        await().atMost(SOON).untilAsserted(() -> assertThat(live.directory().notices())
                .singleElement()
                .hasToString("jobs/other.yaml: is no route file: the name of one ends with .camel.yaml"));
        assertThat(live.problems()).isEmpty();
        Files.delete(other);
        Files.delete(folder.resolve("jobs/other.yaml~"));
        await().atMost(SOON).until(() -> live.directory().notices().isEmpty());
    }

    @Test
    void knowsATypeWhileItIsReplacedAndNotAfterItsRemoval() throws Exception {
        JobTypes types = application.getBean(JobTypes.class);
        save(NEW, route("job-new", "new 0"));
        awaitAnswer("job-new", "new 0");
        AtomicBoolean over = new AtomicBoolean();
        CompletableFuture<Boolean> known = CompletableFuture.supplyAsync(() -> {
            boolean always = true;
            while (!over.get()) {
                always &= types.knows("new");
            }
            return always;
        });
        for (int i = 1; i <= 10; i++) {
            live.routes().change(Map.of(NEW, bytes(route("job-new", "new " + i))), "test");
        }
        over.set(true);
        assertThat(known.get()).isTrue();

        live.routes().change(Collections.singletonMap(NEW, null), "test");
        assertThat(types.knows("new")).isFalse();
        Files.delete(folder.resolve(NEW));
    }

    @Test
    void doesNotKnowATypeOnceItsRemovalHasBegun() throws Exception {
        JobTypes types = application.getBean(JobTypes.class);
        live.routes().change(Map.of(NEW, bytes(route("job-a", "a") + route("job-z", "z"))), "test");
        assertThat(types.knows("z")).isTrue();
        AtomicBoolean known = new AtomicBoolean();
        camel.addLifecycleStrategy(new LifecycleStrategySupport() {
            @Override
            public void onRoutesRemove(Collection<Route> routes) {
                if (routes.iterator().next().getId().equals("job-a")) { // the first one; job-z still runs
                    known.set(types.knows("z") || types.all().containsKey("z"));
                }
            }
        });

        live.routes().change(Collections.singletonMap(NEW, null), "test");

        assertThat(known).isFalse();
    }

    @Test
    void aCommentReplacesNothing() {
        Map<String, Instant> since = since();
        save(LIVE, "# A comment.\n" + TWO);
        await().atMost(SOON).until(() -> live.routes().files().get(LIVE).text().startsWith("#"));
        assertThat(since()).isEqualTo(since);
        save(LIVE, TWO.replace("second", "second").replace("constant: second", "constant: third"));
        awaitAnswer("job-second", "third");
        Map<String, Instant> now = since();
        assertThat(now.remove("job-second")).isAfter(since.remove("job-second"));
        assertThat(now).isEqualTo(since);
    }

    private static Map<String, Instant> since() {
        Map<String, Instant> since = new TreeMap<>();
        live.routes().running().forEach((id, revision) -> since.put(id, revision.since()));
        return since;
    }

    @Test
    void newFilesAndFoldersComeAndGo() throws IOException {
        save("a/b/new.camel.yaml", route("job-new", "new"));
        awaitAnswer("job-new", "new");
        Files.move(folder.resolve("a/b/new.camel.yaml"), folder.resolve(NEW));
        await().atMost(SOON).until(() -> live.routes().files().containsKey(NEW));
        assertThat(answer("job-new")).isEqualTo("new");
        save(NEW, route("job-newer", "newer"));
        awaitAnswer("job-newer", "newer");
        assertThat(camel.getRoute("job-new")).isNull();
        Files.delete(folder.resolve(NEW));
        await().atMost(SOON).until(() -> camel.getRoute("job-newer") == null);
        await().atMost(SOON).until(() -> live.problems().isEmpty());
    }

    @Test
    void aFileWhoseTestIsRedIsRefusedUntilOneOfThemChanges() throws IOException {
        Path tests = folder.resolve("jobs/live.test.yaml");
        try {
            Files.writeString(tests, "- {name: counts, route: job-live, result: two}");
            save(NEW, route("job-new", "first"));
            awaitAnswer("job-new", "first");
            assertThat(live.problems()).as("the tests alone were saved").isEmpty();

            save(LIVE, route("job-live", "one") + route("job-second", "2nd"));
            RouteProblem problem = awaitProblem("jobs/live.test.yaml");
            assertThat(problem.line()).isEqualTo(1);
            assertThat(problem.reason()).isEqualTo("counts: left one, not two");
            assertThat(answer("job-second")).isEqualTo("second");
            save(OTHER, route("job-other", "another"));
            awaitAnswer("job-other", "another");
            assertThat(answer("job-second")).isEqualTo("second");

            Files.writeString(tests, "- {name: counts, route: job-live, result: one}");
            awaitAnswer("job-second", "2nd");
            await().atMost(SOON).untilAsserted(() -> assertThat(live.problems()).isEmpty());
        } finally {
            Files.deleteIfExists(tests);
        }
    }

    @Test
    void anotherFileLivesBesideARefusedOne() {
        for (int i = 0; i < 3; i++) {
            int line = i + 1;
            save(NEW, "\n".repeat(i) + "- route: nothing");
            await().atMost(SOON).until(() -> awaitProblem(NEW).line() == line);
            save(LIVE, TWO.replace("one", "next" + i));
            awaitAnswer("job-live", "next" + i);
            save(OTHER, route("job-other", "other" + i));
            awaitAnswer("job-other", "other" + i);
            awaitProblem(NEW);
        }
        save(NEW, route("job-new", "new"));
        awaitAnswer("job-new", "new");
    }

    @Test
    void twoFilesSwapTheirIdsInOneTransaction() throws RoutesRejected {
        Map<String, byte[]> swapped = Map.of(
                LIVE,
                bytes(route("job-other", "swapped") + route("job-second", "second")),
                OTHER,
                bytes(route("job-live", "swapped, too")));
        RoutesChange change;
        synchronized (live.routes()) { // so that the watcher sees both files written
            change = live.routes().change(swapped, "test");
            swapped.forEach(LiveEditTest::save);
        }
        assertThat(change.changed()).containsExactlyInAnyOrder("job-live", "job-other");
        assertThat(answer("job-other")).isEqualTo("swapped");
        assertThat(answer("job-live")).isEqualTo("swapped, too");
    }

    @Test
    void aRouteThatOthersCallStays() throws IOException {
        Path jobs = folder.resolve("engine/jobs.camel.yaml");
        Files.writeString(
                jobs,
                Files.readString(jobs)
                        .replace("    id: jobs-attempt\n", "    id: jobs-attempted\n")
                        .replace(
                                "from:\n      uri: direct:jobs-attempt\n",
                                "from:\n      uri: direct:jobs-attempted\n"));
        // Not whatever comes first: the file may be seen before it is written.
        await().atMost(SOON).untilAsserted(() -> assertThat(live.problems())
                .anySatisfy(problem -> assertThat(problem.reason()).contains("direct:jobs-attempt")));
        assertAllRun();
    }

    @Test
    void withoutItsFolderEverythingGoesOn() throws IOException {
        Path away = folder.resolveSibling("away");
        Files.move(folder, away);
        awaitProblem("routes");
        assertAllRun();
        Files.move(away, folder);
        await().atMost(SOON).until(() -> live.problems().isEmpty());
        FileSystemUtils.deleteRecursively(folder);
        await().atMost(SOON).until(() -> !live.problems().isEmpty());
        assertRun(Set.of("jobs-process", "jobs-submit", "status-withdraw"));
    }

    @Test
    void aSubfolderComesBack() throws IOException {
        Path away = folder.resolveSibling("away");
        Files.move(folder.resolve("jobs"), away);
        await().atMost(SOON).until(() -> camel.getRoute("job-live") == null);
        Files.move(away, folder.resolve("jobs"));
        awaitAnswer("job-live", "one");
    }

    @Test
    void anEngineFileThatIsRemovedRunsAsItIsPackaged() throws IOException {
        String nodes = "engine/nodes.camel.yaml";
        String packaged = live.routes().files().get(nodes).revision();
        save(nodes, new String(GOOD.get(nodes), UTF_8).replace("description: Reads", "description: Fetches"));
        await().atMost(SOON)
                .until(() -> !live.routes().files().get(nodes).revision().equals(packaged));
        FileSystemUtils.deleteRecursively(folder.resolve("engine"));
        await().atMost(SOON)
                .until(() -> live.routes().files().get(nodes).revision().equals(packaged));
        assertThat(live.problems()).isEmpty();
        assertThat(live.routes().files()).containsOnlyKeys(GOOD.keySet());
        assertAllRun();
    }

    @Test
    void anEngineFileWithoutOneOfItsRoutesIsRejected() {
        String recovery = "engine/job-recovery.camel.yaml";
        String text = new String(GOOD.get(recovery), UTF_8);
        String without = text.replaceFirst("(?s)- route:\\s+id: jobs-due.*?(?=- route:)", "");
        save(recovery, without);
        RouteProblem problem = awaitProblem(recovery);
        assertThat(problem.route()).isEqualTo("jobs-due");
        assertThat(problem.line()).isPositive();
        assertThat(problem.reason()).startsWith("is missing, and Caravan does not work without it");
        assertThat(catchThrowableOfType(RoutesRejected.class, () -> live.routes()
                                .change(Map.of(recovery, bytes(without)), "test"))
                        .problems())
                .extracting(RouteProblem::route)
                .containsExactly("jobs-due");
        assertAllRun();
    }

    @Test
    void anEngineRouteThatSomebodyStopsIsNamed() throws Exception {
        assertThat(live.stopped()).isEmpty();
        camel.getRouteController().stopRoute("jobs-due");
        camel.getRouteController().suspendRoute("jobs-process");
        try {
            assertThat(live.stopped()).containsExactly("jobs-due", "jobs-process");
            assertThat(application.getBean(RoutesHealth.class).health()).satisfies(health -> {
                assertThat(health.getStatus().getCode()).isEqualTo("DEGRADED");
                assertThat(health.getDetails()).containsOnlyKeys("stopped");
            });
        } finally {
            camel.getRouteController().startRoute("jobs-due");
            camel.getRouteController().resumeRoute("jobs-process");
        }
        assertThat(live.stopped()).isEmpty();
    }

    @Test
    void aRouteThatTakesTheIdOfAnEngineRouteIsRejected() {
        save(NEW, route("jobs-submit", "direct:mine", "log: mine"));
        assertThat(awaitProblem(NEW))
                .hasToString(NEW + ":1 (route jobs-submit): there is a route of this id already, in"
                        + " engine/jobs.camel.yaml");
        assertAllRun();
    }

    @Test
    void switchedLinksAreNoticed() throws IOException {
        Path one = Files.createDirectories(folder.resolve("maps/..one"));
        Path two = Files.createDirectories(folder.resolve("maps/..two"));
        Files.writeString(one.resolve("map.camel.yaml"), route("job-map", "map 1"));
        Files.writeString(two.resolve("map.camel.yaml"), route("job-map", "map 2"));
        Path data = Files.createSymbolicLink(folder.resolve("maps/..data"), one.getFileName());
        Files.createSymbolicLink(folder.resolve("maps/map.camel.yaml"), Path.of("..data/map.camel.yaml"));
        awaitAnswer("job-map", "map 1");
        Path next = Files.createSymbolicLink(folder.resolve("maps/..next"), two.getFileName());
        Files.move(next, data, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        awaitAnswer("job-map", "map 2");
        FileSystemUtils.deleteRecursively(folder.resolve("maps"));
    }

    @Test
    void hundredsOfFilesAtOnce() throws IOException {
        int many = Rounds.of(1000);
        for (int i = 0; i < many; i++) {
            save("many/extra-%d.camel.yaml".formatted(i), route("extra-" + i, "extra"));
        }
        await().atMost(Duration.ofSeconds(60))
                .until(() -> live.routes().running().containsKey("extra-" + (many - 1)));
        await().atMost(Duration.ofSeconds(60))
                .until(() -> live.routes().files().size() == GOOD.size() + many
                        && live.problems().isEmpty());
        assertAllRun();
        assertThat(answer("extra-7")).isEqualTo("extra");
        FileSystemUtils.deleteRecursively(folder.resolve("many"));
        await().atMost(Duration.ofSeconds(60)).until(() -> live.routes().files().size() == GOOD.size());
    }

    @Test
    void anEarlierTextComesBack() throws RoutesRejected {
        String revision = live.routes().files().get(LIVE).revision();
        save(LIVE, TWO.replace("one", "two"));
        awaitAnswer("job-live", "two");
        byte[] earlier = live.history().text(LIVE, revision).orElseThrow();
        assertThat(earlier).isEqualTo(GOOD.get(LIVE));
        synchronized (live.routes()) {
            live.routes().change(Map.of(LIVE, earlier), "rollback");
            save(LIVE, earlier);
        }
        assertThat(answer("job-live")).isEqualTo("one");
        assertThat(live.history().of(LIVE).get(0).by()).isEqualTo("rollback");
    }

    @Test
    void whatDoesNotStartIsTakenBackAndSaysSo() {
        long before = live.routes().figures("job-live").get(0).total();
        String failing = TWO.replace("constant: one", "constant: un").replace("constant: second", "constant: other")
                + route("stillborn", "stillborn:here", "log: a");
        RoutesRejected refused = catchThrowableOfType(
                RoutesRejected.class, () -> live.routes().change(Map.of(LIVE, bytes(failing)), "test"));
        assertThat(refused.problems().get(0).file()).isEqualTo(LIVE);
        assertThat(refused.problems().get(0).reason()).contains("no life in it");
        assertAllRun();
        assertThat(answer("job-live")).isEqualTo("one");
        assertThat(answer("job-second")).isEqualTo("second");
        assertThat(live.routes().figures("job-live").get(0).total())
                .as("its figures go on")
                .isEqualTo(before + 1);
    }

    /** A component that nothing is wrong with until its consumer starts. */
    static final class Stillborn extends DefaultComponent {
        @Override
        protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) {
            return new DefaultEndpoint(uri, this) {
                @Override
                public Producer createProducer() {
                    throw new UnsupportedOperationException();
                }

                @Override
                public Consumer createConsumer(Processor processor) {
                    return new DefaultConsumer(this, processor) {
                        @Override
                        protected void doStart() {
                            throw new IllegalStateException("no life in it");
                        }
                    };
                }
            };
        }
    }

    @Test
    void whatTakesLongerThanTheDrainFailsAndDoesNotHang() {
        save(NEW, route("job-slow", "direct:job-slow", "delay: {constant: 15000}"));
        await().atMost(SOON).until(() -> camel.getRoute("job-slow") != null);
        CompletableFuture<Object> cut = producer.asyncRequestBody("direct:job-slow", "");
        await().atMost(SOON).until(() -> live.routes().running().get("job-slow").inFlight() == 1);
        RouteRevision slow = live.routes().running().get("job-slow");
        save(NEW, route("job-slow", "swift"));
        await().atMost(SOON).until(() -> {
            RouteRevision now = live.routes().running().get("job-slow");
            return now != null && now != slow; // in between the former one still takes calls
        });
        awaitAnswer("job-slow", "swift");
        assertThat(cut).isNotDone();
        await().atMost(Duration.ofSeconds(60)).until(cut::isCompletedExceptionally);
    }

    @Test
    void manyEditsLeaveNothingBehind() throws Exception {
        editOnly(50);
        await().atMost(SOON).until(() -> drainThreads() <= 1);
        Map<String, Integer> before = counts();
        editOnly(Rounds.of(300));
        await().atMost(SOON).untilAsserted(() -> counts().forEach(
                        (what, count) -> assertThat(count).as(what).isLessThanOrEqualTo(before.get(what) + 10)));
    }

    private static void editOnly(int times) throws RoutesRejected {
        synchronized (live.routes()) { // the watcher waits, which would bring back what is in the directory
            edit(times);
        }
    }

    private static void edit(int times) throws RoutesRejected {
        for (int i = 0; i < times; i++) {
            String text = TWO.replace("one", "edit " + i)
                    .replace(
                            "        - setBody",
                            "        - log: edit\n        - to: direct:job-other\n        - setBody");
            live.routes().change(Map.of(LIVE, bytes(text)), "test");
        }
        live.routes().change(Map.of(LIVE, GOOD.get(LIVE)), "test");
    }

    private static long drainThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("caravan-drain"))
                .count();
    }

    private static Map<String, Integer> counts() throws Exception {
        Map<String, Integer> counts = new HashMap<>();
        counts.put("threads", (int) Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !thread.getName().startsWith("caravan-drain"))
                .count());
        counts.put("endpoints", camel.getEndpoints().size());
        counts.put("routes", camel.getRoutes().size());
        ManagementFactory.getPlatformMBeanServer()
                .queryNames(new ObjectName("org.apache.camel:*"), null)
                .forEach(name -> counts.merge("beans " + name.getKeyProperty("type"), 1, Integer::sum));
        return counts;
    }

    @Test
    void mutationsBreakNothing() throws RoutesRejected {
        synchronized (live.routes()) { // the watcher waits, which would bring back what is in the directory
            mutate();
        }
    }

    private static void mutate() throws RoutesRejected {
        Mutations mutations = new Mutations(20_261);
        List<String> names = List.copyOf(GOOD.keySet());
        Random choice = new Random(7);
        int rounds = Rounds.of(1000);
        int accepted = 0;
        for (int i = 0; i < rounds; i++) {
            String name = names.get(choice.nextInt(names.size()));
            byte[] mutated = mutations.of(GOOD.get(name));
            try {
                RoutesChange change = live.routes().change(Map.of(name, mutated), "mutation");
                accepted++;
                Set<String> stay = new HashSet<>(healthy);
                stay.removeAll(change.removed());
                stay.removeAll(change.changed());
                assertRun(stay);
                Set<String> wanted = new HashSet<>(change.changed());
                wanted.addAll(change.added());
                wanted.removeAll(live.routes().running().keySet());
                assertThat(wanted)
                        .as("missing after mutation %d of %s", i, name)
                        .isEmpty();
                Set<String> kept = new HashSet<>(change.removed());
                kept.retainAll(live.routes().running().keySet());
                assertThat(kept)
                        .as("still there after mutation %d of %s", i, name)
                        .isEmpty();
            } catch (RoutesRejected e) {
                assertThat(e.problems()).isNotEmpty();
            }
            live.routes().change(Map.of(name, GOOD.get(name)), "mutation undone");
            assertAllRun();
        }
        assertThat(accepted).isBetween(rounds / 100, rounds * 99 / 100);
    }

    @Test
    void mutationsOnDiskBreakNothing() {
        Mutations mutations = new Mutations(42);
        for (int i = 0; i < 20; i++) {
            save(LIVE, mutations.of(GOOD.get(LIVE)));
            save(OTHER, route("job-other", "beside " + i));
            save(LIVE, TWO.replace("one", "after " + i));
            awaitAnswer("job-live", "after " + i);
            awaitAnswer("job-other", "beside " + i);
        }
    }
}
