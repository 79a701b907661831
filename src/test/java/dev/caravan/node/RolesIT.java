package dev.caravan.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.fixture.Api.Answer;
import dev.caravan.fixture.Brokers;
import dev.caravan.fixture.CaravanProcess;
import dev.caravan.fixture.RawAmqp;
import dev.caravan.fixture.RealRedis;
import dev.caravan.fixture.RequiresRealBrokers;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A node does what its roles say, and a role that there is not is no role. */
@RequiresRealBrokers
class RolesIT {
    private static final String QUEUE = "roles.jobs";

    private static RealRedis redis;
    private static RawAmqp amqp;

    @BeforeAll
    static void startBrokers() {
        redis = RealRedis.start();
        amqp = RawAmqp.to(Brokers.rabbit().port());
    }

    @AfterAll
    static void stopBrokers() {
        amqp.delete(QUEUE);
        amqp.delete(QUEUE + ".dead");
        amqp.close();
        redis.close();
    }

    @Test
    void anApiAcceptsAndAWorkerWorks() {
        List<String> brokers = Brokers.arguments(Brokers.rabbit(), redis);
        try (CaravanProcess api =
                CaravanProcess.start(brokers, "--caravan.jobs.queue=" + QUEUE, "--caravan.roles=api")) {
            String id = api.api().post("/jobs/hello", "").field("jobId");
            assertThat(amqp.consumers(QUEUE)).isZero();
            assertThat(amqp.ready(QUEUE)).isOne();
            assertThat(api.api().job(id).field("state")).isEqualTo("QUEUED");

            try (CaravanProcess worker = CaravanProcess.start(
                    brokers,
                    "--caravan.jobs.queue=" + QUEUE,
                    "--caravan.roles=worker",
                    "--caravan.jobs.concurrency=3",
                    "--caravan.node=the-worker")) {
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
            }
        }
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
