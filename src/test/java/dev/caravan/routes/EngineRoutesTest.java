package dev.caravan.routes;

import static dev.caravan.routes.Texts.route;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.fixture.InProcessNode;
import dev.caravan.routes.files.PackagedRoutes;
import dev.caravan.routes.files.RouteProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** Whatever a directory holds of another version of Caravan, a node runs the engine, and the routes of its user. */
@ExtendWith(OutputCaptureExtension.class)
class EngineRoutesTest {
    private static final Path SHIPPED = Path.of("src/main/resources/routes");
    private static final String NODES = "engine/nodes.camel.yaml";

    @TempDir
    private Path temporary;

    private Path folder;

    /** An engine file of the former layout, one that fits no bean of today, one whose route others cannot call, one that lacks a route. */
    @Test
    void theEngineRunsInADirectoryOfAnotherVersion(CapturedOutput output) throws IOException {
        folder = temporary.toRealPath();
        write("jobs/greet.camel.yaml", route("job-greet", "hello"));
        write("jobs.camel.yaml", Files.readString(SHIPPED.resolve("engine/jobs.camel.yaml")));
        write(NODES, route("nodes-read", "direct:nodes-read", "bean: {ref: nodeRegistry, method: gone}"));
        write(
                "engine/job-status.camel.yaml",
                route("counts-maintain", "nothing else")
                        + route("status-withdraw-again", "nothing else")
                        + route("status-withdraw", "direct:elsewhere", "log: a"));
        write("engine/topology.camel.yaml", route("topology-keep", "nothing else"));

        try (InProcessNode node = InProcessNode.start("--caravan.routes.directory=" + folder)) {
            CamelContext camel = node.bean(CamelContext.class);
            RoutesConfiguration live = node.bean(RoutesConfiguration.class);
            Set<String> running =
                    camel.getRoutes().stream().map(Route::getRouteId).collect(Collectors.toSet());
            assertThat(running)
                    .contains(
                            "job-greet",
                            "jobs-submit",
                            "jobs-process",
                            "nodes-read",
                            "status-withdraw",
                            "chat-publish",
                            "topology-maintain")
                    .doesNotContain("job-hello");
            var packaged = new PackagedRoutes().required();
            assertThat(live.routes().files()).hasSize(packaged.size() + 1).allSatisfy((name, file) -> assertThat(
                            file.bytes())
                    .isEqualTo(packaged.getOrDefault(name, file.bytes())));
            assertThat(output)
                    .contains("starts without jobs.camel.yaml.", "starts with Caravan's own " + NODES)
                    .contains("starts with all of Caravan's own routes.")
                    .contains("starts with Caravan's own engine/topology.camel.yaml.")
                    .contains("jobs.camel.yaml:2 (route jobs-submit): there is a route of this id already, in"
                            + " engine/jobs.camel.yaml");
            await().untilAsserted(() ->
                    assertThat(live.problems()).extracting(RouteProblem::file).contains("jobs.camel.yaml", NODES));
        }
    }

    private void write(String name, String text) throws IOException {
        Files.createDirectories(folder.resolve(name).getParent());
        Files.writeString(folder.resolve(name), text);
    }
}
