package dev.caravan.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.fixture.CaravanProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A start that fails says why in one line, without a stack trace, and ends with an exit code other than 0. */
class StartIT {
    private static final String FAILED = "Caravan did not start. ";

    @TempDir
    private Path folder;

    private String output;

    @Test
    void answersTheCommandLineWithoutAStart() throws Exception {
        assertThat(run(List.of(), "--version")).as(output).isZero();
        assertThat(output).matches("Caravan \\d\\S+, Java \\d\\S*\\R");
        assertThat(run(List.of(), "strat")).isEqualTo(2);
        assertThat(output.lines()).singleElement().asString().contains("Unknown argument: strat.");
    }

    @Test
    void namesTheSettingsThatThereAreNot() throws Exception {
        Files.writeString(folder.resolve("application.yaml"), "caravan:\n  jobs:\n    atempts: 4\n");
        assertThat(refusal("--caravan.rols=api", "--spring.profiles.active=prodution"))
                .contains(
                        "There is no setting caravan.rols (command line). Did you mean caravan.roles?",
                        "There is no setting caravan.jobs.atempts (application.yaml, line 3). Did you mean"
                                + " caravan.jobs.attempts?",
                        "There is no profile prodution");
    }

    @Test
    void saysWhatIsWrongWithAValue() throws Exception {
        assertThat(refusal("--caravan.jobs.attempts=three"))
                .contains("caravan.jobs.attempts is \"three\" (", "it must be a whole number");
    }

    @Test
    void saysWhereAFileOfSettingsIsBroken() throws Exception {
        Files.writeString(folder.resolve("application.yaml"), "caravan:\n  roles: api\n bad: [\n");
        assertThat(refusal()).contains("A settings file is not YAML: ", "line 3, column 2");
    }

    @Test
    void saysWhichFileToImportIsMissing() throws Exception {
        assertThat(refusal("--spring.config.import=file:/none/join-redis.properties"))
                .contains("/none/join-redis.properties");
    }

    @Test
    void saysThatItCannotKeepFiles() throws Exception {
        Path file = Files.createFile(folder.resolve("tmp"));
        assertThat(run(List.of("-Djava.io.tmpdir=" + file))).as(output).isEqualTo(1);
        assertThat(line()).contains("cannot keep files below " + file, "-Djava.io.tmpdir=DIR");
    }

    @Test
    void saysWhichPortIsInUse() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            int port = taken.getLocalPort();
            assertThat(refusal("--server.port=" + port)).contains("Port " + port + " is in use.");
            assertThat(refusal("--caravan.embedded.redis-port=" + port)).contains("the port is in use", "redis-port=0");
            assertThat(refusal("--caravan.embedded.broker-port=" + port))
                    .contains("the port is in use", "broker-port=0");
        }
    }

    private String refusal(String... args) throws Exception {
        assertThat(run(List.of(), args)).as(output).isEqualTo(1);
        return line();
    }

    /** The one that says it, and nothing else that does not belong to a start. */
    private String line() {
        assertThat(output).doesNotContain("\tat ", "Exception: ", "APPLICATION FAILED", "Error starting");
        List<String> lines =
                output.lines().filter(line -> line.contains(FAILED)).toList();
        assertThat(lines).as(output).hasSize(1);
        assertThat(output.strip()).endsWith(lines.get(0).strip());
        return lines.get(0);
    }

    private int run(List<String> options, String... args) throws IOException, InterruptedException {
        List<String> command = CaravanProcess.command(options);
        command.addAll(List.of(args));
        Path out = folder.resolve("out");
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        try {
            assertThat(process.waitFor(2, TimeUnit.MINUTES)).as("ends").isTrue();
        } finally {
            process.destroyForcibly();
        }
        output = Files.readString(out);
        return process.exitValue();
    }
}
