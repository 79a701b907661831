package dev.caravan.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Connection;
import dev.caravan.fixture.CaravanProcess;
import dev.caravan.fixture.RabbitCluster;
import dev.caravan.fixture.RawAmqp;
import dev.caravan.fixture.RealRabbit;
import dev.caravan.fixture.RealRedis;
import dev.caravan.fixture.RequiresRealBrokers;
import dev.caravan.fixture.Rounds;
import dev.caravan.fixture.SseClient;
import dev.caravan.fixture.StompClient;
import dev.caravan.fixture.TestJobs;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Two nodes on a cluster of three brokers that are configured by the files of {@code docker/rabbitmq}: the queues are on
 * all three, and one of them may die at any time.
 */
@RequiresRealBrokers
class ClusterIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String QUEUE = "boot.amqp.worker-queue";
    private static final String REJECTED = QUEUE + ".rejected";
    private static final String ROOM = "/receive-endpoint/cluster";

    private static RabbitCluster cluster;
    private static RealRedis redis;
    private static CaravanProcess first;
    private static CaravanProcess second;

    @BeforeAll
    static void start() {
        cluster = RabbitCluster.start();
        redis = RealRedis.start();
        first = node("first");
        second = node("second");
    }

    @AfterAll
    static void stop() {
        second.close();
        first.close();
        redis.close();
        cluster.close();
    }

    private static CaravanProcess node(String name) {
        return CaravanProcess.start(
                cluster.arguments(),
                "--spring.profiles.active=production",
                "--caravan.security.allow-insecure=true",
                "--spring.data.redis.host=127.0.0.1",
                "--spring.data.redis.port=" + redis.port(),
                TestJobs.argument(),
                "--caravan.node=" + name,
                "--caravan.jobs.concurrency=8",
                "--caravan.jobs.lease=3s",
                "--caravan.jobs.lost-after=3s",
                "--caravan.jobs.due-period=500ms");
    }

    @Test
    void queuesAreWhatTheDefinitionsSay() {
        Map<String, JsonObject> queues = cluster.queues();
        for (String queue : List.of(QUEUE, QUEUE + ".dead", REJECTED)) {
            assertThat(field(queues.get(queue), "type")).as(queue).isEqualTo("quorum");
        }
        assertThat(queues.get(QUEUE).getAsJsonArray("members")).hasSize(3);
        assertThat(field(queues.get(QUEUE), "policy")).isEqualTo("caravan-worker-queue");
        assertThat(field(queues.get(QUEUE + ".dead"), "policy")).isEqualTo("caravan-dead-queues");
        queues.keySet().removeIf(queue -> !queue.startsWith("caravan.chat."));
        assertThat(queues.values())
                .hasSize(4)
                .allSatisfy(
                        queue -> { // messages of the chat, and of topics of routes
                            assertThat(field(queue, "type"))
                                    .isEqualTo("classic"); // it goes with the connection of its node
                            assertThat(field(queue, "policy")).isEqualTo("caravan-fanout-queues");
                        });
    }

    @Test
    void aMessageThatIsNoJobIsKeptOnAQueueOfItsOwn() {
        try (RawAmqp amqp = RawAmqp.to(cluster.living().port())) {
            amqp.send(QUEUE, new BasicProperties(), "no job".getBytes(StandardCharsets.UTF_8));

            assertThat(amqp.take(REJECTED, SOON).getBody()).asString().isEqualTo("no job");
        }
    }

    @Test
    void theUserOfTheContainersReachesWhatIsCaravansAndNothingElse() throws Exception {
        try (Connection connection = cluster.connect()) {
            assertThatThrownBy(() -> connection.createChannel().queueDeclare("payments", true, false, false, null))
                    .hasStackTraceContaining("ACCESS_REFUSED");
            assertThatThrownBy(() -> connection.createChannel().queueBind("caravan.events.dead", "amq.topic", "#"))
                    .hasStackTraceContaining("ACCESS_REFUSED");
            connection.createChannel().queueDeclarePassive(QUEUE);
        }
    }

    @Test
    void aJobThatFailsForGoodAndAnEventForAKeyArrive() {
        String id = first.api().post("/jobs/invalid", "{}").field("jobId");
        first.api().awaitState(id, "FAILED", SOON);
        Awaitility.await().atMost(SOON).until(() -> !field(cluster.queues().get(QUEUE + ".dead"), "messages")
                .equals("0"));
        try (SseClient follower = SseClient.follow(URI.create(second.http() + "/events/orders"), null)) {
            assertThat(first.api().post("/events/orders", "{\"n\":1}").status()).isEqualTo(202);
            assertThat(follower.next().data()).isEqualTo("{\"n\":1}");
        }
    }

    @Test
    void theBrokerThatLeadsTheQueueIsKilledUnderLoad() {
        Ledger ledger = new Ledger();
        try (StompClient speaker = StompClient.connect(first.http(), "1.2");
                StompClient listener = StompClient.connect(second.http(), "1.2");
                Ledger.Load load = ledger.load(first.api())) {
            listener.subscribe("0", ROOM).settle();
            load.awaitMore(Rounds.of(500), SOON);
            RealRabbit leader = cluster.leaderOf(cluster.queues().get(QUEUE));

            leader.kill();

            load.awaitMore(Rounds.of(500), SOON);
            assertThat(cluster.leaderOf(cluster.queues().get(QUEUE))).isNotEqualTo(leader);
            talks(speaker, listener, "two brokers are left");
            leader.up();
            load.awaitMore(Rounds.of(200), SOON);
            talks(speaker, listener, "all three again");
        }
        ledger.settle(redis.port(), SOON);
        Awaitility.await().atMost(SOON).until(() -> field(cluster.queues().get(QUEUE), "messages")
                .equals("0"));
    }

    /** What is said while nodes find another broker arrives later or is said to be lost; in the end it is heard. */
    private static void talks(StompClient speaker, StompClient listener, String text) {
        Awaitility.await(text).atMost(SOON).until(() -> {
            speaker.send("SEND", message(text), "destination", "/send-endpoint/ws/chat");
            for (int i = listener.waiting(); i > 0; i--) {
                if (listener.frame("MESSAGE").body().contains(text)) {
                    return true;
                }
            }
            return false;
        });
    }

    private static String message(String text) {
        return "{\"roomId\":\"cluster\",\"sender\":\"speaker\",\"message\":\"" + text + "\"}";
    }

    private static String field(JsonObject queue, String name) {
        return queue.get(name).getAsString();
    }
}
