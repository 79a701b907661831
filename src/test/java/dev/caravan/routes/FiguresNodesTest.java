package dev.caravan.routes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.caravan.fixture.Api;
import dev.caravan.fixture.InProcessNode;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One node runs jobs, another one shows what its routes came to. */
@Timeout(180)
class FiguresNodesTest {
    private static final String ODD =
            """
            - route:
                id: job-odd
                routeConfigurationId: propagate
                from:
                  uri: direct:job-odd
                  steps:
                    - setBody:
                        expression:
                          jq:
                            expression: .number % 2
                    - to:
                        uri: direct:odd-check
            - route:
                id: odd-check
                routeConfigurationId: propagate
                from:
                  uri: direct:odd-check
                  steps:
                    - filter:
                        expression:
                          simple:
                            expression: ${body} == 0
                        steps:
                          - throwException:
                              exceptionType: java.lang.IllegalStateException
                              message: even
            """;

    private static InProcessNode worker;
    private static InProcessNode front;
    private static Api api;

    @BeforeAll
    static void start() {
        worker = InProcessNode.startWith(
                List.of("jobs/hello"), "--caravan.roles=worker", "--caravan.node=first", "--caravan.jobs.attempts=1");
        worker.save("jobs/odd", ODD);
        String routes = worker.file("jobs/odd").getParent().getParent().toString();
        front = InProcessNode.start(Stream.concat(
                        worker.joining(), Stream.of("--caravan.roles=api", "--caravan.routes.directory=" + routes))
                .toArray(String[]::new));
        api = front.api().as("guest", "guest");
        await().until(() -> api.get("/jobs/types").body().contains("odd"));
    }

    @AfterAll
    static void stop() {
        front.close();
        worker.close();
    }

    private static JsonArray nodes() {
        return api.get("/routes/figures/job-odd").json().getAsJsonArray("nodes");
    }

    @Test
    void aNodeWithoutHandlersShowsWhatWorkersDid() {
        assertThat(nodes()).hasSize(1);
        assertThat(nodes().get(0).getAsJsonObject().get("node").getAsString()).isEqualTo("second");

        for (int number = 1; number <= 3; number++) {
            String id = api.post("/jobs/odd", "{\"number\":" + number + "}").field("jobId");
            api.awaitState(id, number == 2 ? "FAILED" : "FINISHED", Duration.ofSeconds(60));
        }
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            assertThat(nodes()).hasSize(1);
            JsonObject first = nodes().get(0).getAsJsonObject();
            assertThat(first.get("node").getAsString()).isEqualTo("first");
            JsonObject figures = first.getAsJsonArray("revisions").get(0).getAsJsonObject();
            assertThat(figures.get("total").getAsInt()).isEqualTo(3);
            assertThat(figures.get("failed").getAsInt()).isEqualTo(1);
            JsonObject place = figures.getAsJsonObject("lastError").getAsJsonObject("place");
            assertThat(place.get("route").getAsString()).isEqualTo("odd-check");
            assertThat(place.get("text").getAsString()).endsWith("- throwException:");
        });
    }
}
