package dev.caravan.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.fixture.Api.Answer;
import dev.caravan.fixture.Brokers;
import dev.caravan.fixture.CaravanProcess;
import dev.caravan.fixture.RawAmqp;
import dev.caravan.fixture.RealRedis;
import dev.caravan.fixture.RequiresRealBrokers;
import dev.caravan.fixture.StompClient;
import dev.caravan.fixture.TestJobs;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A node is stopped while everybody uses it: jobs come in and are worked there, and people talk. */
@RequiresRealBrokers
class StopIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int GOING_AWAY = 1001;
    private static final String QUEUE = "stop.jobs";
    private static final String CHAT = "stop.chat";

    private static RealRedis redis;
    private static RawAmqp amqp;

    @BeforeAll
    static void start() {
        redis = RealRedis.start();
        amqp = RawAmqp.to(Brokers.rabbit().port());
    }

    @AfterAll
    static void stop() {
        amqp.delete(QUEUE);
        amqp.delete(QUEUE + ".again");
        amqp.delete(QUEUE + ".high");
        amqp.delete(QUEUE + ".low");
        amqp.delete(QUEUE + ".dead");
        amqp.with(channel -> channel.exchangeDelete(CHAT));
        amqp.close();
        redis.close();
    }

    private static CaravanProcess node(String name) {
        return CaravanProcess.start(
                Brokers.arguments(Brokers.rabbit(), redis),
                TestJobs.argument(),
                "--caravan.node=" + name,
                "--caravan.jobs.queue=" + QUEUE,
                "--caravan.chat.exchange=" + CHAT,
                "--caravan.jobs.concurrency=4",
                "--camel.main.shutdown-timeout=3",
                "--caravan.jobs.lease=3s",
                "--caravan.jobs.lost-after=3s",
                "--caravan.jobs.due-period=500ms");
    }

    @Test
    void nothingIsLost() {
        Ledger ledger = new Ledger();
        try (CaravanProcess stopped = node("stopped");
                CaravanProcess other = node("other")) {
            List<StompClient> people = List.of(
                    StompClient.connect(stopped.http(), "1.2"),
                    StompClient.connect(stopped.http(), "1.2"),
                    StompClient.connect(stopped.http(), "1.2"));
            people.forEach(one -> one.subscribe("0", "/receive-endpoint/stop"));
            assertThat(chatQueues()).hasSize(2);
            String longer;
            try (Ledger.Load load = ledger.load(stopped.api());
                    Ledger.Load elsewhere = ledger.load(other.api())) {
                load.awaitMore(50, SOON);
                for (int i = 0; i < 8; i++) { // some of them are worked by either node
                    ledger.submit(other.api(), 2000);
                }
                longer = longerThanTheGrace(ledger, stopped); // last: a slow machine must not end it before the grace

                long begin = System.nanoTime();
                assertThat(stopped.terminate()).isEqualTo(143);
                assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(25));
                load.close();
                elsewhere.awaitMore(20, SOON);
                assertThat(elsewhere.refused()).as(ledger.toString()).isZero();
            }

            people.forEach(one -> assertThat(one.closed()).isEqualTo(GOING_AWAY));
            assertThat(chatQueues()).singleElement().asString().contains(".other.");
            ledger.settle(redis.port(), SOON);
            Awaitility.await()
                    .atMost(SOON)
                    .until(() -> Brokers.rabbit().queues().get(QUEUE) == 0);
            assertThat(ledger.accepted(redis.port(), "interruptions").values())
                    .as("what was worked ended where it was, or was handed over")
                    .allMatch("missing"::equals);
            Answer handedOver = other.api().job(longer);
            assertThat(handedOver.field("worker")).isEqualTo("other");
            assertThat(handedOver.field("attempt")).isEqualTo("2");
            assertThat(handedOver.field("failures")).isEqualTo("0");
        }
    }

    /** The id of a job that runs on this node for longer than it may take to stop. */
    private static String longerThanTheGrace(Ledger ledger, CaravanProcess node) {
        while (true) {
            String id = ledger.submit(node.api(), 12_000).field("jobId");
            if (node.api().awaitState(id, "RUNNING", SOON).field("worker").equals("stopped")) {
                return id;
            }
        }
    }

    private static List<String> chatQueues() {
        return Brokers.rabbit().queues().keySet().stream()
                .filter(queue -> queue.startsWith(CHAT + "."))
                .toList();
    }
}
