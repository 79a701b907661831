package dev.caravan.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.fixture.Api.Answer;
import dev.caravan.fixture.Brokers;
import dev.caravan.fixture.CaravanProcess;
import dev.caravan.fixture.RawAmqp;
import dev.caravan.fixture.RealRedis;
import dev.caravan.fixture.RequiresRealBrokers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.FileSystemUtils;

/** A node does what its roles say, and a role that there is not is no role. */
@RequiresRealBrokers
@TestMethodOrder(OrderAnnotation.class)
class RolesIT {
    private static final String QUEUE = "roles.jobs";

    private static RealRedis redis;
    private static RawAmqp amqp;
    private static CaravanProcess api;

    @TempDir
    private static Path routes;

    @BeforeAll
    static void start() throws IOException {
        FileSystemUtils.copyRecursively(Path.of("src/main/resources/routes"), routes);
        redis = RealRedis.start();
        amqp = RawAmqp.to(Brokers.rabbit().port());
        api = node("api", "--caravan.routes.directory=" + routes);
    }

    private static CaravanProcess node(String role, String... settings) {
        return CaravanProcess.start(
                Stream.of(
                                Brokers.arguments(Brokers.rabbit(), redis),
                                List.of("--caravan.jobs.queue=" + QUEUE, "--caravan.roles=" + role))
                        .flatMap(List::stream)
                        .toList(),
                settings);
    }

    @AfterAll
    static void stop() {
        api.close();
        amqp.delete(QUEUE);
        amqp.delete(QUEUE + ".again");
        amqp.delete(QUEUE + ".high");
        amqp.delete(QUEUE + ".low");
        amqp.delete(QUEUE + ".dead");
        amqp.close();
        redis.close();
    }

    @Test
    @Order(1)
    void anApiAcceptsAndAWorkerWorks() {
        assertThat(api.api().get("/routes").body())
                .contains("\"jobs-submit\"", "\"job-hello\"", "\"chat-notify\"")
                .doesNotContain("\"jobs-process\"", "\"chat-receive\"", "\"events-receive\"", "\"event-log\"");
        String id = api.api().post("/jobs/hello", "").field("jobId");
        assertThat(amqp.consumers(QUEUE)).isZero();
        assertThat(amqp.ready(QUEUE)).isOne();
        assertThat(api.api().job(id).field("state")).isEqualTo("QUEUED");

        try (CaravanProcess worker = node("worker", "--caravan.jobs.concurrency=3", "--caravan.node=the-worker")) {
            Answer job = api.api().awaitState(id, "FINISHED", Duration.ofSeconds(20));
            assertThat(job.field("worker")).isEqualTo("the-worker");
            Awaitility.await()
                    .untilAsserted(() -> assertThat(amqp.consumers(QUEUE)).isOne());

            for (Answer none : List.of(
                    worker.api().post("/jobs", ""),
                    worker.api().get("/jobs"),
                    worker.api().get("/jobs/types"),
                    worker.api().job(id))) {
                assertThat(none.status()).isEqualTo(404);
                assertThat(none.header("Content-Type")).isEqualTo("application/problem+json");
            }
            assertThat(worker.api().get("/actuator/health").status()).isEqualTo(200);
            for (CaravanProcess node : List.of(api, worker)) {
                assertThat(node.api().get("/actuator/health").field("status"))
                        .as("although it lacks the routes of other roles")
                        .isEqualTo("UP");
            }
        }
        Awaitility.await().until(() -> amqp.consumers(QUEUE) == 0); // it was killed
    }

    @Test
    @Order(2)
    void anEditOfARouteOfAnotherRoleDoesNotStartIt() throws IOException {
        Path file = routes.resolve("engine/jobs.camel.yaml");
        String text = Files.readString(file)
                .replace("Takes one job", "Takes some job")
                .replace("Accepts a job", "Takes a job");
        Files.writeString(file, text);

        Awaitility.await()
                .untilAsserted(() -> assertThat(api.api().get("/routes").body()).contains("Takes a job: stored"));
        assertThat(api.api().get("/routes").body()).doesNotContain("\"jobs-process\"");
        assertThat(amqp.consumers(QUEUE)).isZero();

        Files.writeString(file, text.replace("autoDeclare", "autoDecalre"));
        Awaitility.await()
                .untilAsserted(
                        () -> assertThat(api.api().get("/routes/files").body()).contains("autoDecalre"));
    }

    @Test
    void aRoleThatThereIsNotStopsTheStart() {
        assertThatThrownBy(() -> CaravanProcess.start("--caravan.roles=api,wroker"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("ended with code 1")
                .hasMessageContaining("caravan.roles must be some of")
                .hasMessageContaining("wroker");
    }
}
