package dev.caravan.routes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.caravan.CaravanApplication;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.StringUtils;

/** What {@code --check} finds, in this JVM; {@link RoutesCommandIT} runs it as users do. */
class RoutesCheckTest {
    private ByteArrayOutputStream out = new ByteArrayOutputStream();
    private ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir
    private Path folder;

    private Path routes;

    @BeforeEach
    void unpack() {
        routes = folder.resolve("routes");
        assertThat(run("--unpack", routes.toString())).isZero();
    }

    @Test
    void contactsNeitherBrokerNorRedis() throws IOException {
        try (ServerSocket broker = new ServerSocket(0);
                ServerSocket redis = new ServerSocket(0)) {
            assertThat(run(
                            "--check",
                            routes.toString(),
                            "--spring.rabbitmq.addresses=127.0.0.1:" + broker.getLocalPort(),
                            "--spring.data.redis.host=127.0.0.1",
                            "--spring.data.redis.port=" + redis.getLocalPort()))
                    .as("%s%s", out, err)
                    .isZero();
            assertNobodyCame(broker);
            assertNobodyCame(redis);
        }
    }

    @Test
    void findsABeanThatIsNotThere() throws IOException {
        write(
                "jobs/greet.camel.yaml",
                """
                - route:
                    id: job-greet
                    from:
                      uri: direct:job-greet
                      steps:
                        - bean:
                            ref: nobody
                            method: greet
                """);
        assertThat(run("--check", routes.toString())).as("%s%s", out, err).isEqualTo(1);
        assertThat(out.toString())
                .contains(routes + "/jobs/greet.camel.yaml:7:18: there is no bean \"nobody\"", "ref: nobody");
    }

    @Test
    void findsDestinationsThatCannotBe() throws IOException {
        String route =
                """
                - route:
                    id: stomp-%s
                    from:
                      uri: "stomp:/topic/{%s}"
                      parameters:
                        sendRoles: %s
                      steps:
                        - log:
                            message: "${body}"
                """;
        Files.createDirectories(routes.resolve("stomp"));
        write("stomp/one.camel.yaml", route.formatted("one", "a", "user"));
        assertThat(run("--check", routes.toString())).as("%s%s", out, err).isZero();

        write("stomp/two.camel.yaml", route.formatted("two", "b", "user"));
        assertThat(run("--check", routes.toString())).as("%s%s", out, err).isEqualTo(1);
        assertThat(out.toString()).contains("where the route stomp-", "starts already");

        write("stomp/two.camel.yaml", route.formatted("two", "b", "boss").replace("/topic/", "/topic/two/"));
        assertThat(run("--check", routes.toString())).as("%s%s", out, err).isEqualTo(1);
        assertThat(out.toString()).contains("sendRoles names \"boss\", which is no role");
    }

    @Test
    void findsAScheduleThatCannotFire() throws IOException {
        String route =
                """
                - route:
                    id: schedule-nightly
                    from:
                      uri: schedule:nightly
                      parameters:
                        type: report
                        cron: 0 0 2 * * *
                        zone: Europe/Paris
                      steps:
                        - log:
                            message: ${header.scheduledTime}
                """;
        Files.createDirectories(routes.resolve("schedules"));
        write("schedules/nightly.camel.yaml", route);
        assertThat(run("--check", routes.toString())).as("%s%s", out, err).isZero();
        write("schedules/nightly.camel.yaml", route.replace("Europe/Paris", "Paris"));
        assertThat(run("--check", routes.toString())).as("%s%s", out, err).isEqualTo(1);
        assertThat(out.toString())
                .contains(
                        routes + "/schedules/nightly.camel.yaml:",
                        "zone must be a time zone such as Europe/Paris, not Paris");
        write("schedules/nightly.camel.yaml", route.replace("id: schedule-nightly", "id: nightly"));
        assertThat(run("--check", routes.toString())).as("%s%s", out, err).isEqualTo(1);
        assertThat(out.toString())
                .contains("a route that starts at schedule:nightly must have the id schedule-nightly");
    }

    /** What an author begins with in the dashboard, in the folder and with the name that it gets there. */
    @Test
    void acceptsTheTemplatesOfTheDashboard() throws IOException {
        Map<String, String> files = Map.of(
                "job", "jobs/sample",
                "subscriber", "events/sample",
                "schedule", "schedules/sample",
                "webhook", "jobs/posted",
                "chat", "chat/publish");
        Path templates = Path.of("src/main/resources/static/dashboard/templates");
        try (Stream<Path> all = Files.list(templates)) {
            assertThat(all.map(path -> path.getFileName().toString())
                            .filter(template -> !template.equals("tests.test.yaml"))
                            .map(template -> template.replace(".camel.yaml", "")))
                    .containsExactlyInAnyOrderElementsOf(files.keySet());
        }
        Files.createDirectories(routes.resolve("schedules"));
        for (Map.Entry<String, String> file : files.entrySet()) {
            String text = Files.readString(templates.resolve(file.getKey() + ".camel.yaml"));
            String name = file.getValue().substring(file.getValue().indexOf('/') + 1);
            write(file.getValue() + ".camel.yaml", text.replace("NAME", name));
        }
        write("jobs/sample.test.yaml", Files.readString(templates.resolve("tests.test.yaml")));
        assertThat(run("--check", routes.toString())).as("%s%s", out, err).isZero();
    }

    @Test
    void runsTheTestsBesideTheFiles() throws IOException {
        String cases =
                """
                - name: counts on
                  stubs: {"spring-redis:*": "1"}
                  result: Hello.1
                - name: counts back
                  stubs: {"spring-redis:*": "2"}
                  result: Hello.1
                """;
        Path report = folder.resolve("report.xml");
        write("jobs/hello.test.yaml", cases);
        assertThat(run("--check", routes.toString(), "--junit=" + report))
                .as("%s%s", out, err)
                .isEqualTo(1);
        assertThat(out.toString())
                .contains(
                        routes + "/jobs/hello.test.yaml:4: counts back: left Hello..2, not Hello.1",
                        "routes, 4 tests: 1 red")
                .doesNotContain("is no route file");
        assertThat(report).content().contains("<testcase classname=\"jobs/hello.test.yaml\" name=\"counts on\"");
        write("jobs/hello.test.yaml", cases.replace("\"2\"", "\"1\""));
        assertThat(run("--check", routes.toString())).as("%s%s", out, err).isZero();
        assertThat(out.toString()).contains("routes, 4 tests: all well");
    }

    /** In the application, which has Camel's parts as beans, under the names by which a trial makes its own. */
    @Test
    void runsTheShippedTests() throws IOException {
        assertThat(routes.resolve("jobs/totals.test.yaml")).exists();
        write(
                "jobs/told.camel.yaml",
                """
                - route:
                    id: job-told
                    routeConfigurationId: propagate
                    from:
                      uri: direct:job-told
                      steps:
                        - to:
                            uri: log:told
                        - bean:
                            ref: jobStore
                            method: write
                        - setBody:
                            simple: "{{millis:caravan.jobs.default-duration}} {{caravan.jobs.queue}} ${body}"
                """);
        write(
                "jobs/told.test.yaml",
                """
                - name: tells
                  payload: well
                  result: 7000 boot.amqp.worker-queue well
                """);
        assertThat(run("--check", routes.toString(), "--caravan.jobs.default-duration=7s"))
                .as("%s%s", out, err)
                .isZero();
        assertThat(out.toString()).contains("routes, 3 tests: all well");
    }

    @Test
    void wantsARouteFileForTests() throws IOException {
        write("jobs/hallo.test.yaml", "- name: a");
        assertThat(run("--check", routes.toString())).as("%s%s", out, err).isEqualTo(1);
        assertThat(out.toString())
                .contains(routes + "/jobs/hallo.test.yaml: has tests for jobs/hallo.camel.yaml, which is not there");
    }

    @Test
    void tellsOfAFileThatIsNotLookedAt() throws IOException {
        write("jobs/greet.yaml", "- route: {}");
        assertThat(run("--check", routes.toString())).as("%s%s", out, err).isZero();
        assertThat(out.toString())
                .contains(routes + "/jobs/greet.yaml: is no route file: the name of one ends with .camel.yaml");
    }

    @Test
    void findsARouteMissingThatJavaCalls() throws IOException {
        Path all = folder.resolve("all");
        assertThat(run("--unpack", "--all", all.toString()))
                .as("%s%s", out, err)
                .isZero();
        Path jobs = routes.resolve("engine/jobs.camel.yaml");
        Files.createDirectories(jobs.getParent());
        Files.writeString(
                jobs,
                Files.readString(all.resolve("engine/jobs.camel.yaml"))
                        .replace("direct:jobs-submit", "direct:jobs-submitted"));
        assertThat(run("--check", routes.toString())).as("%s%s", out, err).isEqualTo(1);
        assertThat(out.toString()).contains("calls direct:jobs-submit, where no route starts");
    }

    @Test
    void findsARouteMissingThatNothingCalls() throws IOException {
        Path all = folder.resolve("all");
        assertThat(run("--unpack", "--all", all.toString()))
                .as("%s%s", out, err)
                .isZero();
        Path recovery = all.resolve("engine/job-recovery.camel.yaml");
        Files.writeString(
                recovery, Files.readString(recovery).replaceFirst("(?s)- route:\\s+id: jobs-due.*?(?=- route:)", ""));
        assertThat(run("--check", all.toString())).as("%s%s", out, err).isEqualTo(1);
        assertThat(out.toString())
                .startsWith(recovery + ":")
                .contains(" (route jobs-due): is missing, and Caravan does not work without it");
    }

    @Test
    void checksAgainstTheEngineThatIsNotInTheDirectory() throws IOException {
        write(
                "jobs/mine.camel.yaml",
                """
                - route:
                    id: jobs-submit
                    from:
                      uri: direct:mine
                      steps:
                        - log: mine
                """);
        assertThat(run("--check", routes.toString())).as("%s%s", out, err).isEqualTo(1);
        assertThat(out.toString())
                .startsWith(routes + "/jobs/mine.camel.yaml:1 (route jobs-submit): there is a route of this id already,"
                        + " in engine/jobs.camel.yaml");
    }

    /** {@code POST /jobs/batch} is the bulk submission. */
    @Test
    void findsAHandlerThatGetsNoJob() throws IOException {
        write(
                "jobs/batch.camel.yaml",
                """
                - route:
                    id: job-batch
                    from:
                      uri: direct:job-batch
                      steps:
                        - log: batch
                """);
        assertThat(run("--check", routes.toString())).as("%s%s", out, err).isEqualTo(1);
        assertThat(out.toString()).contains("no job comes to this handler: POST /jobs/batch is the bulk submission");
    }

    @Test
    void checksWithTheSettingsOfANode() throws IOException {
        write(
                "jobs/greet.camel.yaml",
                """
                - route:
                    id: job-greet
                    from:
                      uri: direct:job-greet
                      steps:
                        - log: "{{my.greeting}}"
                """);
        assertThat(run("--check", routes.toString())).as("%s%s", out, err).isEqualTo(1);
        assertThat(out.toString()).contains("my.greeting");
        assertThat(run("--check", routes.toString(), "--my.greeting=Hello"))
                .as("%s%s", out, err)
                .isZero();
    }

    @Test
    void triesNothingWithoutRouteFiles() throws IOException {
        assertThat(run("--check", folder.resolve("nowhere").toString())).isEqualTo(2);
        Path empty = Files.createDirectory(folder.resolve("empty"));
        assertThat(run("--check", empty.toString())).isEqualTo(2);
        assertThat(err.toString()).contains("holds no route files");
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(routes.resolve(name), text);
    }

    private static void assertNobodyCame(ServerSocket server) throws IOException {
        server.setSoTimeout(1);
        assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(server::accept);
    }

    private int run(String... args) {
        out = new ByteArrayOutputStream();
        err = new ByteArrayOutputStream();
        return new RoutesCommand(CaravanApplication.class, new PrintStream(out, true), new PrintStream(err, true))
                .run(isCheck(args) ? StringUtils.addStringToArray(args, "--caravan.routes.trial.timeout=60s") : args);
    }

    private static boolean isCheck(String... args) {
        return args.length > 0 && args[0].equals("--check");
    }
}
