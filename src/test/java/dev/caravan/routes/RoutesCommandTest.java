package dev.caravan.routes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.CaravanApplication;
import dev.caravan.routes.files.PackagedRoutes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RoutesCommandTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir
    private Path folder;

    @Test
    void leavesTheArgumentsOfANodeAlone() {
        assertThat(RoutesCommand.isMeant()).isFalse();
        assertThat(RoutesCommand.isMeant("--server.port=0", "--caravan.roles=api"))
                .isFalse();
        assertThat(RoutesCommand.isMeant("--server.port=0", "--check", "routes"))
                .isTrue();
    }

    @Test
    void wantsADirectory() {
        assertThat(run("--check")).isEqualTo(RoutesCommand.NOT_TRIED);
        assertThat(run("--unpack", "--server.port=0")).isEqualTo(RoutesCommand.NOT_TRIED);
        assertThat(run("--unpack", "--all")).isEqualTo(RoutesCommand.NOT_TRIED);
        assertThat(err.toString()).contains("--check needs a directory", "--unpack needs a directory");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void checksNothingThatIsNotThere() {
        assertThat(run("--check", folder.resolve("none").toString())).isEqualTo(RoutesCommand.NOT_TRIED);
        assertThat(err.toString()).contains("none is no directory");
    }

    @Test
    void unpacksTheFilesOfCaravan() throws IOException {
        Path routes = folder.resolve("a/routes");
        assertThat(run("--unpack", routes.toString())).isEqualTo(RoutesCommand.WELL);
        assertThat(out.toString()).contains("--caravan.routes.directory=" + routes);
        assertThat(out.toString()).contains("with Caravan's engine from the jar");
        for (var file : new PackagedRoutes().all().entrySet()) {
            if (file.getKey().startsWith("engine/")) {
                assertThat(routes.resolve(file.getKey())).doesNotExist();
            } else {
                assertThat(routes.resolve(file.getKey())).hasBinaryContent(file.getValue());
            }
        }
        assertThat(routes.resolve("jobs/totals.test.yaml"))
                .hasSameTextualContentAs(Path.of("src/main/resources/routes/jobs/totals.test.yaml"));
        try (Stream<Path> folders = Files.list(routes)) {
            assertThat(folders.map(Path::getFileName)).map(Path::toString).containsOnly("jobs", "events", "chat");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--unpack --all %s", "--unpack %s --all", "--all --unpack %s"})
    void unpacksTheEngineWhereItIsAskedTo(String command) throws IOException {
        Path routes = folder.resolve("routes");
        assertThat(run(command.formatted(routes).split(" "))).isEqualTo(RoutesCommand.WELL);
        for (var file : new PackagedRoutes().all().entrySet()) {
            assertThat(routes.resolve(file.getKey())).hasBinaryContent(file.getValue());
        }
    }

    @Test
    void unpacksIntoADirectoryOfOtherFiles() throws IOException {
        Files.writeString(folder.resolve("notes.txt"), "mine");
        assertThat(run("--unpack", folder.toString())).isEqualTo(RoutesCommand.WELL);
        assertThat(folder.resolve("notes.txt")).hasContent("mine");
    }

    @Test
    void unpacksOverNobodysRoutes() throws IOException {
        Path mine = folder.resolve("jobs/hello.camel.yaml");
        Files.createDirectories(mine.getParent());
        Files.writeString(mine, "mine");
        assertThat(run("--unpack", folder.toString())).isEqualTo(RoutesCommand.REFUSED);
        assertThat(mine).hasContent("mine");
        assertThat(folder.resolve("jobs/default.camel.yaml")).doesNotExist();
        assertThat(err.toString()).contains("holds route files already");
    }

    @Test
    void unpacksIntoNoFile() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "mine");
        assertThat(run("--unpack", file.toString())).isEqualTo(RoutesCommand.NOT_TRIED);
        assertThat(file).hasContent("mine");
    }

    private int run(String... args) {
        return new RoutesCommand(CaravanApplication.class, new PrintStream(out, true), new PrintStream(err, true))
                .run(args);
    }
}
