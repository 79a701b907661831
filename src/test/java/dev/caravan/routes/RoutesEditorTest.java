package dev.caravan.routes;

import static dev.caravan.routes.Texts.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

/** Where writing is off, nobody checks either: a check builds what the text says. */
class RoutesEditorTest {
    private static final String FILE = "jobs/some.camel.yaml";

    private final GenericApplicationContext application = new GenericApplicationContext();
    private final DefaultCamelContext camel = new DefaultCamelContext();

    @TempDir
    private Path directory;

    private RoutesConfiguration live;
    private RoutesEditor editor;

    @BeforeEach
    void start() throws IOException {
        Files.createDirectories(directory.resolve("jobs"));
        Files.writeString(directory.resolve(FILE), Texts.route("a", "Hello").replace("routeConfigurationId", "group"));
        application.refresh();
        RoutesSettings settings = Texts.settings(directory);
        live = new RoutesConfiguration(application, settings, Texts.withoutEngine(), Texts.trialSettings());
        live.beforeApplicationStart(camel);
        editor = new RoutesEditor(live, settings);
    }

    @AfterEach
    void stop() throws IOException {
        live.destroy();
        camel.close();
        application.close();
    }

    @Test
    void checksSavesAndRollsBackNothingWhereWritingIsOff() throws IOException {
        byte[] text = bytes("- nothing that was read");
        for (ResponseStatusException failed : List.of(
                catchThrowableOfType(ResponseStatusException.class, () -> editor.check(FILE, text, false, "test")),
                catchThrowableOfType(ResponseStatusException.class, () -> editor.save(FILE, text, true, "test")),
                catchThrowableOfType(ResponseStatusException.class, () -> editor.rollBack(FILE, "none", "test")))) {
            assertThat(failed.getStatusCode()).isEqualTo(HttpStatus.FORBIDDEN);
        }
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void startsWithTheLastGoodTextIfATestIsRed() throws Exception {
        String before = Files.readString(directory.resolve(FILE));
        String edited = before.replace("Hello", "Bye");
        live.history().record(FILE, null, Texts.reader().read(FILE, bytes(before)), "test");
        Files.writeString(directory.resolve("jobs/some.test.yaml"), "- {name: greets, result: Hello}");
        Files.writeString(directory.resolve(FILE), edited);
        assertThat(runsAfterAStart()).isEqualTo(before);
        live.history().record(FILE, null, Texts.reader().read(FILE, bytes(edited)), "test, forced");
        assertThat(runsAfterAStart()).isEqualTo(edited);
    }

    private String runsAfterAStart() throws IOException {
        RoutesConfiguration next = new RoutesConfiguration(
                application, Texts.settings(directory), Texts.withoutEngine(), Texts.trialSettings());
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            next.beforeApplicationStart(context);
            return next.routes().files().get(FILE).text();
        } finally {
            next.destroy();
        }
    }

    @Test
    void checksNothingOverJmxWhereWritingIsOff() {
        LiveRoutesJmx jmx = new LiveRoutesJmx(live, editor);
        assertThat(catchThrowableOfType(IllegalArgumentException.class, () -> jmx.check(FILE, "- nothing")))
                .hasMessageContaining("caravan.routes.writable");
    }
}
