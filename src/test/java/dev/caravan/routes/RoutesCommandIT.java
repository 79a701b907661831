package dev.caravan.routes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.fixture.CaravanProcess;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.FileSystemUtils;

/** {@code java -jar caravan.jar --check} and {@code --unpack}, as a user's build runs them. */
class RoutesCommandIT {
    /** What the first test has unpacked: the others copy it. */
    @TempDir
    private static Path unpacked;

    @TempDir
    private Path folder;

    private Path routes;
    private String out;
    private String err;

    @BeforeEach
    void unpack() throws Exception {
        routes = folder.resolve("routes");
        Path copies = unpacked.resolve("routes");
        if (Files.exists(copies)) {
            FileSystemUtils.copyRecursively(copies, routes);
        } else {
            assertThat(run("--unpack", "routes")).as("%s%s", out, err).isZero();
            assertThat(out).contains("started here");
            FileSystemUtils.copyRecursively(routes, copies);
        }
    }

    @Test
    void findsItsOwnFilesWell() throws Exception {
        List<Path> before = files();
        assertThat(run("--check", "routes")).as("%s%s", out, err).isZero();
        assertThat(out.strip()).matches("\\d+ files, \\d+ routes: all well");
        assertThat(err).isEmpty();
        assertThat(files()).as("nothing is written").isEqualTo(before);
    }

    @Test
    void contactsNeitherBrokerNorRedis() throws Exception {
        try (ServerSocket broker = new ServerSocket(0);
                ServerSocket redis = new ServerSocket(0)) {
            assertThat(run(
                            "--check",
                            "routes",
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
    void namesThePlaceOfAMistake() throws Exception {
        Path hello = routes.resolve("jobs/hello.camel.yaml");
        Files.writeString(hello, Files.readString(hello).replaceFirst("- log:", "- lug:"));
        assertThat(run("--check", "routes")).as("%s%s", out, err).isEqualTo(1);
        assertThat(out)
                .containsPattern(
                        "(?m)^routes/jobs/hello\\.camel\\.yaml:\\d+:11: unknown step \"lug\", did you mean \"log\"\\?$")
                .containsPattern("(?m)^    - lug:");
        assertThat(out + err).doesNotContain("\tat ");
    }

    @Test
    void findsABeanThatIsNotThere() throws Exception {
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
        assertThat(run("--check", "routes")).as("%s%s", out, err).isEqualTo(1);
        assertThat(out).contains("routes/jobs/greet.camel.yaml:7:18: there is no bean \"nobody\"", "ref: nobody");
    }

    @Test
    void tellsOfAFileThatIsNotLookedAt() throws Exception {
        write("jobs/greet.yaml", "- route: {}");
        assertThat(run("--check", "routes")).as("%s%s", out, err).isZero();
        assertThat(out).contains("routes/jobs/greet.yaml: is no route file: the name of one ends with .camel.yaml");
    }

    @Test
    void findsARouteMissingThatJavaCalls() throws Exception {
        Path all = folder.resolve("all");
        assertThat(run("--unpack", "--all", "all")).as("%s%s", out, err).isZero();
        Path jobs = routes.resolve("engine/jobs.camel.yaml");
        Files.createDirectories(jobs.getParent());
        Files.writeString(
                jobs,
                Files.readString(all.resolve("engine/jobs.camel.yaml"))
                        .replace("direct:jobs-submit", "direct:jobs-submitted"));
        assertThat(run("--check", "routes")).as("%s%s", out, err).isEqualTo(1);
        assertThat(out).contains("calls direct:jobs-submit, where no route starts");
    }

    @Test
    void checksAgainstTheEngineThatIsNotInTheDirectory() throws Exception {
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
        assertThat(run("--check", "routes")).as("%s%s", out, err).isEqualTo(1);
        assertThat(out)
                .startsWith("routes/jobs/mine.camel.yaml:1 (route jobs-submit): there is a route of this id already,"
                        + " in engine/jobs.camel.yaml");
    }

    @Test
    void checksWithTheSettingsOfANode() throws Exception {
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
        assertThat(run("--check", "routes")).as("%s%s", out, err).isEqualTo(1);
        assertThat(out).contains("my.greeting");
        assertThat(run("--check", "routes", "--my.greeting=Hello"))
                .as("%s%s", out, err)
                .isZero();
    }

    @Test
    void triesNothingWithoutRouteFiles() throws Exception {
        assertThat(run("--check", "nowhere")).isEqualTo(2);
        Files.createDirectory(folder.resolve("empty"));
        assertThat(run("--check", "empty")).isEqualTo(2);
        assertThat(err).contains("holds no route files");
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(routes.resolve(name), text);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(file -> !file.getFileName().toString().matches("out|err"))
                    .sorted()
                    .toList();
        }
    }

    private static void assertNobodyCame(ServerSocket server) throws IOException {
        server.setSoTimeout(1);
        Assertions.assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(server::accept);
    }

    private int run(String... args) throws Exception {
        List<String> command = CaravanProcess.command(List.of());
        command.addAll(List.of(args));
        Path outFile = folder.resolve("out");
        Path errFile = folder.resolve("err");
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(outFile.toFile())
                .redirectError(errFile.toFile())
                .start();
        try {
            assertThat(process.waitFor(2, TimeUnit.MINUTES)).as("ends").isTrue();
        } finally {
            process.destroyForcibly();
        }
        out = Files.readString(outFile);
        err = Files.readString(errFile);
        return process.exitValue();
    }
}
