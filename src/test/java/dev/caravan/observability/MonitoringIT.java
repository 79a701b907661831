package dev.caravan.observability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.caravan.fixture.Api;
import dev.caravan.fixture.Brokers;
import dev.caravan.fixture.CaravanProcess;
import dev.caravan.fixture.RealRabbit;
import dev.caravan.fixture.RealRedis;
import dev.caravan.fixture.RequiresRealBrokers;
import dev.caravan.fixture.SseClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What monitoring sees of a node while its servers go away, stand still and come back, and of the jobs that it works. */
@RequiresRealBrokers
@Timeout(300)
class MonitoringIT {
    private static final Duration SOON = Duration.ofSeconds(60);

    private static RealRabbit rabbit;
    private static RealRedis redis;
    private static CaravanProcess node;

    @BeforeAll
    static void start() {
        rabbit = Brokers.emptyRabbit();
        redis = RealRedis.start();
        node = CaravanProcess.start(
                Brokers.arguments(rabbit, redis),
                "--logging.structured.format.console=ecs",
                "--caravan.roles=api,worker");
    }

    @AfterAll
    static void stop() {
        node.close();
        redis.close();
    }

    private static int readiness() {
        return node.api()
                .within(Duration.ofSeconds(3))
                .get("/actuator/health/readiness")
                .status();
    }

    private static int liveness() {
        return node.api()
                .within(Duration.ofSeconds(3))
                .get("/actuator/health/liveness")
                .status();
    }

    private static void awaitReadiness(int status) {
        // One request may take longer than its limit on a busy machine.
        await().atMost(SOON)
                .ignoreExceptionsInstanceOf(UncheckedIOException.class)
                .untilAsserted(() -> {
                    assertThat(readiness()).isEqualTo(status);
                    assertThat(liveness()).isEqualTo(200);
                });
    }

    @Test
    void aNodeIsReadyWhileItsServersAnswerAndAliveWhateverTheyDo() {
        awaitReadiness(200);

        rabbit.freeze();
        awaitReadiness(503);
        assertThat(node.api().get("/queues").status()).isEqualTo(503);
        rabbit.thaw();
        awaitReadiness(200);

        redis.freeze();
        awaitReadiness(503);
        Api.Answer session = Api.at(node.http()).get("/jobs", "Cookie", "SESSION=bm8gc3VjaCBzZXNzaW9u");
        assertThat(session.status()).isEqualTo(503);
        assertThat(session.header("Retry-After")).isEqualTo("2");
        redis.thaw();
        awaitReadiness(200);

        rabbit.stopApp();
        awaitReadiness(503);
        rabbit.startApp();
        awaitReadiness(200);
        assertThat(node.api().get("/queues").body()).contains("\"kind\":\"work\"");
    }

    @Test
    void theLineOfAHandlerSaysWhichJobItIsAbout() {
        String id = node.api().post("/jobs/hello?wait=20s", "").field("id");

        JsonObject line = await().atMost(SOON)
                .until(
                        () -> node.output()
                                .lines()
                                .filter(one -> one.contains("Hello.") && one.contains(id))
                                .findFirst()
                                .map(one -> JsonParser.parseString(one).getAsJsonObject())
                                .orElse(null),
                        one -> one != null);
        assertThat(line.get("job").getAsString()).isEqualTo(id);
        assertThat(line.get("type").getAsString()).isEqualTo("hello");
        assertThat(line.get("attempt").getAsString()).isEqualTo("1");
        assertThat(line.get("route").getAsString()).isEqualTo("job-hello");
    }

    @Test
    void jobsRoutesAndQueuesAreMeasured() {
        node.api().post("/jobs/hello?wait=20s", "");

        await().atMost(SOON).untilAsserted(() -> {
            List<String> metrics =
                    node.api().get("/actuator/prometheus").body().lines().toList();
            for (String begin : List.of(
                    "caravan_jobs_transitions_total{state=\"QUEUED\",type=\"hello\"} ",
                    "caravan_jobs_transitions_total{state=\"FINISHED\",type=\"hello\"} ",
                    "caravan_jobs_wait_seconds_bucket{type=\"hello\",le=\"+Inf\"} ",
                    "caravan_jobs_run_seconds_count{state=\"FINISHED\",type=\"hello\"} ",
                    "caravan_route_exchanges_seconds_count{route=\"job-hello\"} ",
                    "caravan_queue_consumers{queue=\"boot.amqp.worker-queue\"} ")) {
                assertThat(metrics)
                        .filteredOn(line -> line.startsWith(begin))
                        .as(begin)
                        .hasSize(1)
                        .allSatisfy(line -> assertThat(Double.parseDouble(line.substring(begin.length())))
                                .isPositive());
            }
        });
        await().atMost(SOON) // until the next heartbeat
                .untilAsserted(() -> assertThat(node.api().get("/nodes").body()).containsPattern("\"ended\":[1-9]"));
    }

    @Test
    void everyMeterOfANodeIsOnItsPage() throws IOException {
        String page = Files.readString(Path.of("docs/reference/metrics.md"));
        List<String> names = new ArrayList<>();
        JsonParser.parseString(node.api().get("/actuator/metrics").body())
                .getAsJsonObject()
                .getAsJsonArray("names")
                .forEach(name -> names.add(name.getAsString()));
        assertThat(names)
                .filteredOn(name -> name.startsWith("caravan."))
                .hasSizeGreaterThan(10)
                .allSatisfy(name -> assertThat(page).contains("`" + name + "`"));
    }

    @Test
    void progressIsSeenWhereTheJobIsSeen() {
        String id =
                node.api().post("/jobs/steps", "{\"steps\":4,\"pause\":400}").field("jobId");
        try (SseClient follower = SseClient.follow(URI.create(node.http() + "/jobs/" + id + "/events"), null)) {
            assertThat(follower.rest())
                    .filteredOn(event -> event.event().equals("progress"))
                    .extracting(SseClient.Got::data)
                    .contains("{\"jobId\":\"" + id + "\",\"progress\":50,\"progressText\":\"Step 2 of 4\"}");
        }
        Api.Answer job = node.api().awaitState(id, "FINISHED", SOON);
        assertThat(job.field("progress")).isEqualTo("100");
        assertThat(node.api().get("/jobs?type=steps").body()).contains("\"progress\":100");
        assertThat(node.api().get("/jobs/types").body()).contains("\"steps\"").doesNotContain("\"progress\"");
        assertThat(node.api().post("/jobs/progress", "{}").status()).isEqualTo(404);
    }
}
