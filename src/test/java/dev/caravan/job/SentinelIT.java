package dev.caravan.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import dev.caravan.fixture.Brokers;
import dev.caravan.fixture.CaravanProcess;
import dev.caravan.fixture.RawAmqp;
import dev.caravan.fixture.RequiresRealBrokers;
import dev.caravan.fixture.Rounds;
import dev.caravan.fixture.SentinelRedis;
import dev.caravan.fixture.TestJobs;
import java.time.Duration;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Redis by Sentinel, started as {@code docker/compose.cluster.yaml} does it: the one that is written to may die. */
@RequiresRealBrokers
class SentinelIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String QUEUE = "sentinel.jobs";

    private static SentinelRedis redis;
    private static RawAmqp amqp;
    private static CaravanProcess node;

    @BeforeAll
    static void start() {
        redis = SentinelRedis.start();
        amqp = RawAmqp.to(Brokers.rabbit().port());
        node = CaravanProcess.start(
                Stream.concat(
                                Stream.of(
                                        "--spring.profiles.active=production",
                                        "--caravan.security.allow-insecure=true",
                                        "--spring.rabbitmq.host=127.0.0.1",
                                        "--spring.rabbitmq.port="
                                                + Brokers.rabbit().port()),
                                redis.arguments().stream())
                        .toList(),
                TestJobs.argument(),
                "--caravan.jobs.queue=" + QUEUE,
                "--caravan.jobs.concurrency=8",
                "--caravan.jobs.wait-replicas=1",
                "--caravan.jobs.lease=3s",
                "--caravan.jobs.lost-after=3s",
                "--caravan.jobs.due-period=500ms");
    }

    @AfterAll
    static void stop() {
        node.close();
        amqp.delete(QUEUE);
        amqp.delete(QUEUE + ".again");
        amqp.delete(QUEUE + ".high");
        amqp.delete(QUEUE + ".low");
        amqp.delete(QUEUE + ".dead");
        amqp.close();
        redis.close();
    }

    @Test
    void theMasterIsKilledUnderLoad() {
        Ledger ledger = new Ledger();
        try (Ledger.Load load = ledger.load(node.api())) {
            load.awaitMore(Rounds.of(300), SOON);

            int killed = redis.killMaster();

            load.awaitRefused(1, SOON);
            load.awaitMore(Rounds.of(300), SOON);
            assertThat(redis.master()).isNotEqualTo(killed);

            redis.up(killed);

            Awaitility.await().atMost(SOON).until(() -> redis.follows(killed));
            load.awaitMore(Rounds.of(100), SOON);
        }
        ledger.settle(redis.client(), SOON);
        JsonArray nodes = node.api().get("/nodes").json().getAsJsonArray("nodes");
        assertThat(nodes).as("it beats on").hasSize(1);
    }
}
