package dev.caravan.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.fixture.Brokers;
import dev.caravan.fixture.CaravanProcess;
import dev.caravan.fixture.RawAmqp;
import dev.caravan.fixture.RealRabbit;
import dev.caravan.fixture.RealRedis;
import dev.caravan.fixture.RequiresRealBrokers;
import dev.caravan.fixture.StompClient;
import dev.caravan.fixture.StompClient.Got;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Destinations that routes make, on two nodes and a RabbitMQ, while nodes and the broker die. */
@RequiresRealBrokers
@Timeout(300)
class RouteDestinationsIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String QUEUE = "/queue/it";
    private static final String TOPIC = "/topic/it";

    @TempDir
    static Path routes;

    private static RealRabbit rabbit;
    private static RealRedis redis;
    private static CaravanProcess first;
    private static CaravanProcess second;

    @BeforeAll
    static void start() throws IOException {
        Files.writeString(
                routes.resolve("destinations.camel.yaml"),
                """
                - route:
                    id: stomp-topic
                    from:
                      uri: stomp:/topic/{name}
                      steps:
                        - log: "${body}"
                - route:
                    id: stomp-queue
                    from:
                      uri: stomp:/queue/{name}
                      steps:
                        - log: "${body}"
                """);
        rabbit = RealRabbit.start();
        redis = RealRedis.start();
        first = node("first");
        second = node("second");
    }

    @AfterAll
    static void stop() {
        first.close();
        second.close();
        redis.close();
        rabbit.close();
    }

    private static CaravanProcess node(String name) {
        return CaravanProcess.start(
                Brokers.arguments(rabbit, redis),
                "--caravan.node=" + name,
                "--caravan.roles=chat",
                "--caravan.routes.directory=" + routes);
    }

    private static StompClient at(CaravanProcess node) {
        return StompClient.connect(node.http(), "1.2", StompClient.GUEST);
    }

    @Test
    void aTopicReachesTheSubscribersOfBothNodes() {
        try (StompClient here = at(first).subscribe("1", TOPIC);
                StompClient there = at(second).subscribe("1", TOPIC)) {
            awaitTopics(here); // a node that has just started may not have its queue yet
            here.send("SEND", "hello", "destination", TOPIC, "own", "x");
            for (StompClient client : List.of(here, there)) {
                Got message = client.frame("MESSAGE");
                assertThat(message.body()).isEqualTo("hello");
                assertThat(message.header("own")).isEqualTo("x");
            }
            assertThat(here.settle().waiting() + there.settle().waiting()).isZero();
        }
    }

    @Test
    void whatADeadNodesSubscriberHadGoesToOneOfAnotherNode() {
        String queue = QUEUE + "-node";
        try (CaravanProcess third = node("third");
                StompClient dies = at(third);
                StompClient lives = at(first)) {
            dies.receipt("SUBSCRIBE", "", "id", "1", "destination", queue, "ack", "client");
            dies.send("SEND", "1", "destination", queue);
            dies.frame("MESSAGE");
            third.kill9();
            lives.receipt("SUBSCRIBE", "", "id", "1", "destination", queue, "ack", "client");
            Got again = lives.frame("MESSAGE");
            assertThat(again.body()).isEqualTo("1");
            assertThat(again.header("redelivered")).isEqualTo("true");
            lives.receipt("ACK", "", "id", again.header("ack"));
        }
    }

    @Test
    void subscribersShareAQueueAndNothingIsLostWhenTheBrokerRestarts() {
        String queue = QUEUE + "-broker";
        try (StompClient sender = at(first).subscribe("r", "/rejected-endpoint");
                StompClient one = at(first);
                StompClient two = at(second)) {
            for (StompClient client : List.of(one, two)) {
                client.receipt(
                        "SUBSCRIBE",
                        "",
                        "id",
                        "1",
                        "destination",
                        queue,
                        "ack",
                        "client-individual",
                        "prefetch-count",
                        "2");
            }
            await().atMost(SOON).until(() -> consumers(queue) == 2);
            for (int i = 0; i < 10; i++) {
                sender.receipt("SEND", "" + i, "destination", queue);
            }
            await().atMost(SOON).until(() -> one.waiting() == 2 && two.waiting() == 2);
            String stale = one.frame("MESSAGE").header("ack");
            one.frame("MESSAGE");
            two.frame("MESSAGE");
            two.frame("MESSAGE");

            rabbit.restart();

            Set<String> bodies = new HashSet<>();
            while (bodies.size() < 10) {
                await().atMost(SOON).until(() -> one.waiting() + two.waiting() > 0);
                StompClient client = one.waiting() > 0 ? one : two;
                Got message = client.frame("MESSAGE");
                bodies.add(message.body());
                client.send("ACK", "", "id", message.header("ack"));
            }
            one.send("ACK", "", "id", stale); // of a channel that is no more: harmless
            await().atMost(SOON).until(() -> ready(queue) == 0);
            awaitTopics(sender);
        }
    }

    /** Each node has its queue, again if the broker was away. */
    private static void awaitTopics(StompClient sender) {
        try (StompClient here = at(first).subscribe("1", TOPIC + "-back");
                StompClient there = at(second).subscribe("1", TOPIC + "-back")) {
            await().atMost(SOON).until(() -> {
                sender.send("SEND", "back", "destination", TOPIC + "-back");
                return here.waiting() > 0 && there.waiting() > 0;
            });
        }
    }

    private static int consumers(String queue) {
        try (RawAmqp amqp = RawAmqp.to(rabbit.port())) {
            return amqp.consumers("caravan.stomp." + queue.substring("/queue/".length()));
        }
    }

    private static int ready(String queue) {
        try (RawAmqp amqp = RawAmqp.to(rabbit.port())) {
            return amqp.ready("caravan.stomp." + queue.substring("/queue/".length()));
        }
    }
}
