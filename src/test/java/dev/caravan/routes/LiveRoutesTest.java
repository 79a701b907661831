package dev.caravan.routes;

import static dev.caravan.routes.Texts.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.component.NoteCheck;
import dev.caravan.routes.figures.RevisionFigures;
import dev.caravan.routes.files.RoutesHistory;
import dev.caravan.routes.files.RoutesRejected;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.support.SimpleEventNotifierSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.context.support.GenericApplicationContext;

/** A publication is checked on each node before it is swapped in there: once, if nothing has changed in between. */
class LiveRoutesTest {
    private final GenericApplicationContext application = new GenericApplicationContext();
    private final DefaultCamelContext running = new DefaultCamelContext();
    private final List<String> checked = new ArrayList<>();
    private RouteDrain drain;
    private LiveRoutes routes;

    @BeforeEach
    void start() {
        application.registerBean(NoteCheck.class, () -> (route, note) -> {
            checked.add(note);
            return note.equals("wrong") ? List.of(new NoteCheck.Fault("wrong", "is wrong", List.of())) : List.of();
        });
        application.refresh();
        running.disableJMX();
        running.start();
        RoutesSettings settings = Texts.settings(Path.of(""));
        drain = new RouteDrain(running, new ReplacementShutdownStrategy(running, () -> {}), Duration.ofSeconds(1));
        routes = new LiveRoutes(
                running, application, settings, drain, new RoutesHistory(null, settings.history()), Map.of(), Map.of());
    }

    @AfterEach
    void stop() throws IOException {
        drain.close();
        running.close();
        application.close();
    }

    /** A new array each time, as each look at the store gives. */
    private static Map<String, byte[]> file(String note) {
        return Map.of(
                "jobs/a.camel.yaml",
                bytes(
                        """
                - route:
                    id: a
                    note: %s
                    from:
                      uri: direct:a
                      steps:
                        - log: "a"
                """
                                .formatted(note)));
    }

    @Test
    void whatWasCheckedIsNotCheckedAgainWhenItIsSwappedIn() throws Exception {
        routes.check(file("one"));
        routes.check(file("one"));
        assertThat(routes.change(file("one"), "ada").added()).containsExactly("a");
        assertThat(checked).containsExactly("one");
        assertThat(running.getRoute("a").getNote()).isEqualTo("one");
    }

    @Test
    void aRouteHasFiguresWhileItIsReplaced() throws Exception {
        routes.change(file("one"), "ada");
        List<List<RevisionFigures>> seen = new ArrayList<>();
        running.getManagementStrategy().addEventNotifier(new SimpleEventNotifierSupport() {
            @Override
            public void notify(CamelEvent event) {
                if (event instanceof CamelEvent.RouteRemovedEvent) {
                    seen.add(routes.figures("a"));
                }
            }
        });
        String before = routes.figures("a").get(0).revision();
        routes.change(file("two"), "ada");
        assertThat(seen).singleElement().satisfies(figures -> {
            assertThat(figures).extracting(RevisionFigures::revision).containsExactly(before);
            assertThat(figures.get(0).until()).as("it runs").isNull();
        });
        assertThat(routes.figures("a"))
                .extracting(figures -> figures.until() == null)
                .containsExactly(true, false);

        routes.change(Collections.singletonMap("jobs/a.camel.yaml", null), "ada");
        assertThat(routes.figures("a")).isEmpty();
    }

    @Test
    void anotherTextIsChecked() throws Exception {
        routes.check(file("one"));
        routes.change(file("two"), "ada");
        assertThat(checked).containsExactly("one", "two");
        assertThat(running.getRoute("a").getNote()).isEqualTo("two");
    }

    @Test
    void theSameTextIsCheckedAgainWhenSomethingElseRuns() throws Exception {
        routes.change(file("one"), "ada");
        routes.check(file("two"));
        routes.change(file("three"), "ada");
        assertThat(routes.change(file("two"), "ada").changed()).containsExactly("a");
        assertThat(checked).containsExactly("one", "two", "three", "two");
        assertThat(running.getRoute("a").getNote()).isEqualTo("two");
    }

    @Test
    void theSameTextOfAFileIsAnotherChangeWithASecondFile() throws Exception {
        routes.change(file("one"), "ada");
        routes.check(file("two"));
        Map<String, byte[]> more = Map.of(
                "jobs/a.camel.yaml",
                file("two").get("jobs/a.camel.yaml"),
                "jobs/b.camel.yaml",
                bytes("- route: {id: b, from: {uri: 'direct:b', steps: [{to: 'direct:nowhere'}]}}"));
        assertThatThrownBy(() -> routes.change(more, "ada")).isInstanceOf(RoutesRejected.class);
        assertThat(running.getRoute("a").getNote()).isEqualTo("one");
    }

    @Test
    void whatWasRejectedIsRejectedAgain() {
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> routes.check(file("wrong"))).isInstanceOf(RoutesRejected.class);
        }
        assertThatThrownBy(() -> routes.change(file("wrong"), "ada")).isInstanceOf(RoutesRejected.class);
        assertThat(checked).containsExactly("wrong", "wrong", "wrong");
    }
}
