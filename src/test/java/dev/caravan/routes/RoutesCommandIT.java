package dev.caravan.routes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.fixture.CaravanProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.FileSystemUtils;

/** {@code java -jar caravan.jar --check} and {@code --unpack}, as a user's build runs them; {@link RoutesCheckTest} has what a check finds. */
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
        assertThat(run("--check", "routes", "--caravan.routes.trial.timeout=60s"))
                .as("%s%s", out, err)
                .isZero();
        assertThat(out.strip()).matches("\\d+ files, \\d+ routes, 2 tests: all well");
        assertThat(err).isEmpty();
        assertThat(files()).as("nothing is written").isEqualTo(before);
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

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(file -> !file.getFileName().toString().matches("out|err"))
                    .sorted()
                    .toList();
        }
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
