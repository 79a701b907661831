package dev.caravan.routes.files;

import static dev.caravan.routes.Texts.bytes;
import static dev.caravan.routes.Texts.route;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.routes.Texts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is remembered of route files. */
class RoutesHistoryTest {
    private static final String NAME = "jobs/a.camel.yaml";

    private final RouteFileReader reader = Texts.reader();

    @TempDir
    Path folder;

    @Test
    void keepsWhatWasThereBeforeTheFirstChange() throws Exception {
        RoutesHistory history = new RoutesHistory(folder, 3);
        history.record(NAME, null, file("one"), RoutesHistory.AT_START);
        assertThat(history.of(NAME)).isEmpty();

        history.record(NAME, file("one"), file("two"), "somebody");
        assertThat(history.of(NAME))
                .extracting(RoutesHistory.Entry::revision)
                .containsExactly(file("two").revision(), file("one").revision());
        assertThat(history.of(NAME))
                .extracting(RoutesHistory.Entry::by)
                .containsExactly("somebody", RoutesHistory.AT_START);
        assertThat(history.of(NAME).get(0).routes()).containsExactly("a");
        assertThat(history.text(NAME, file("one").revision()))
                .contains(file("one").bytes());
        assertThat(history.latest(NAME)).contains(file("two").bytes());
        assertThat(history.text(NAME, "000000000000")).isEmpty();
        assertThat(history.of("other.camel.yaml")).isEmpty();
    }

    @Test
    void keepsSoManyAndNoMore() throws Exception {
        RoutesHistory history = new RoutesHistory(folder, 3);
        for (int i = 1; i <= 12; i++) {
            history.record(NAME, file("text" + (i - 1)), file("text" + i), "somebody");
        }
        assertThat(history.of(NAME))
                .extracting(RoutesHistory.Entry::revision)
                .containsExactly(
                        file("text12").revision(),
                        file("text11").revision(),
                        file("text10").revision());
        assertThat(history.text(NAME, file("text1").revision())).isEmpty();
        try (var files = Files.list(folder.resolve(RoutesHistory.FOLDER).resolve(NAME))) {
            assertThat(files).hasSize(6);
        }
    }

    @Test
    void remembersARemoval() throws Exception {
        RoutesHistory history = new RoutesHistory(folder, 3);
        history.record(NAME, file("one"), null, "somebody");
        assertThat(history.of(NAME).get(0).revision()).isNull();
        assertThat(history.of(NAME).get(0).routes()).containsExactly("a");
        assertThat(history.text(NAME, file("one").revision()))
                .contains(file("one").bytes());
        assertThat(history.latest(NAME)).isEmpty();

        history.record(NAME, null, file("two"), "somebody");
        assertThat(history.of(NAME)).hasSize(3);
        assertThat(history.latest(NAME)).contains(file("two").bytes());
    }

    @Test
    void namesTheRoutesThatDiffer() throws Exception {
        RoutesHistory history = new RoutesHistory(folder, 3);
        RouteFile two = reader.read(NAME, bytes(route("a", "one") + route("b", "b")));
        RouteFile renamed = reader.read(NAME, bytes("# Said.\n" + route("a", "one") + route("c", "b")));
        history.record(NAME, two, renamed, "somebody");
        assertThat(history.of(NAME).get(0).routes()).containsExactlyInAnyOrder("b", "c");
    }

    @Test
    void anotherStartGoesOnWithIt() throws Exception {
        new RoutesHistory(folder, 3).record(NAME, file("one"), file("two"), "somebody");
        RoutesHistory history = new RoutesHistory(folder, 3);
        history.record(NAME, file("two"), file("three"), "somebody else");
        assertThat(history.of(NAME)).hasSize(3);
        assertThat(history.latest(NAME)).contains(file("three").bytes());
    }

    @Test
    void aHalfWrittenEntryIsNotTheLast() throws Exception {
        RoutesHistory history = new RoutesHistory(folder, 3);
        history.record(NAME, file("one"), file("two"), "somebody");
        Path entries = folder.resolve(RoutesHistory.FOLDER).resolve(NAME);
        Files.writeString(entries.resolve("000003-000000000000.json"), "{\"revi");
        Files.writeString(entries.resolve("something else"), "");
        assertThat(history.of(NAME)).hasSize(2);
        assertThat(history.latest(NAME)).contains(file("two").bytes());
        history.record(NAME, file("two"), file("three"), "somebody");
        assertThat(history.latest(NAME)).contains(file("three").bytes());
    }

    @Test
    void aDirectoryThatCannotBeWrittenKeepsNothing() throws Exception {
        Files.writeString(folder.resolve(RoutesHistory.FOLDER), "a file is in the way");
        RoutesHistory history = new RoutesHistory(folder, 3);
        history.record(NAME, file("one"), file("two"), "somebody");
        history.record(NAME, file("two"), file("three"), "somebody");
        assertThat(history.of(NAME)).isEmpty();
        assertThat(history.latest(NAME)).isEmpty();
    }

    @Test
    void noDirectoryNoHistory() throws IOException, RoutesRejected {
        RoutesHistory history = new RoutesHistory(null, 3);
        history.record(NAME, file("one"), file("two"), "somebody");
        assertThat(history.of(NAME)).isEmpty();
        assertThat(history.text(NAME, file("two").revision())).isEmpty();
    }

    private RouteFile file(String answer) throws RoutesRejected {
        return reader.read(NAME, bytes(route("a", answer)));
    }
}
