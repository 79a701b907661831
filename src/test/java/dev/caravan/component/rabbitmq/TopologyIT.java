package dev.caravan.component.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.fixture.Api.Answer;
import dev.caravan.fixture.Brokers;
import dev.caravan.fixture.CaravanProcess;
import dev.caravan.fixture.RawAmqp;
import dev.caravan.fixture.RealRabbit;
import dev.caravan.fixture.RealRedis;
import dev.caravan.fixture.RequiresRealBrokers;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a node does about the queues that it finds, or does not find, on the broker. */
@RequiresRealBrokers
class TopologyIT {
    private static final Duration SOON = Duration.ofSeconds(60);

    private static RealRabbit rabbit;
    private static RealRedis redis;

    @BeforeAll
    static void startBrokers() {
        rabbit = Brokers.rabbit();
        redis = RealRedis.start();
    }

    @AfterAll
    static void stopBrokers() {
        redis.close();
    }

    @Test
    void aQueueThatIsNotDurableStopsTheStart() {
        try (RawAmqp amqp = RawAmqp.to(rabbit.port())) {
            amqp.with(channel -> channel.queueDeclare("topology.transient", false, false, false, null));
        }
        assertRefuses("topology.transient", "'durable'", "--caravan.jobs.queue=topology.transient");
    }

    @Test
    void aQueueWithArgumentsStopsTheStart() {
        try (RawAmqp amqp = RawAmqp.to(rabbit.port())) {
            amqp.with(channel ->
                    channel.queueDeclare("topology.priority", true, false, false, Map.of("x-max-priority", 5)));
        }
        assertRefuses(
                "topology.priority",
                "'x-max-priority'",
                "--caravan.jobs.queue=topology.jobs",
                "--caravan.jobs.dead-queue=topology.priority");
    }

    @Test
    void aNodeThatStartsBeforeItsBrokerWorksOnceThatIsThere() {
        rabbit.stopApp();
        try (CaravanProcess node =
                CaravanProcess.start(Brokers.arguments(rabbit, redis), "--caravan.jobs.queue=topology.late")) {
            long begin = System.nanoTime();
            Answer refused = node.api().post("/jobs/hello", "");
            assertThat(refused.status()).as(refused.toString()).isEqualTo(503);
            assertThat(refused.header("Retry-After")).isNotBlank();
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(12));

            rabbit.startApp();
            Answer finished = Awaitility.await()
                    .atMost(SOON)
                    .until(() -> node.api().post("/jobs/hello?wait=10s", ""), answer -> answer.status() == 200);
            assertThat(finished.field("state")).isEqualTo("FINISHED");
            assertThat(rabbit.ctl("list_queues", "--silent", "--no-table-headers", "name", "durable", "arguments"))
                    .contains("topology.late\ttrue\t[]", "topology.late.dead\ttrue\t[]");
        } finally {
            rabbit.startApp();
        }
    }

    private static void assertRefuses(String queue, String difference, String... settings) {
        assertThatThrownBy(() -> CaravanProcess.start(Brokers.arguments(rabbit, redis), settings)
                        .close())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("ended with code 1")
                .hasMessageContaining("Caravan did not start.")
                .hasMessageContaining("Queue '" + queue + "' exists on the broker with other properties")
                .hasMessageContaining(difference)
                .satisfies(refused -> assertThat(refused.getMessage().split("Caravan did not start.", -1))
                        .as("says it once")
                        .hasSize(2));
    }
}
