package dev.caravan.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.GetResponse;
import dev.caravan.fixture.Api.Answer;
import dev.caravan.fixture.Brokers;
import dev.caravan.fixture.CaravanProcess;
import dev.caravan.fixture.RawAmqp;
import dev.caravan.fixture.RealRabbit;
import dev.caravan.fixture.RealRedis;
import dev.caravan.fixture.RequiresRealBrokers;
import dev.caravan.fixture.SseClient;
import dev.caravan.fixture.SseClient.Got;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.amqp.core.AnonymousQueue;
import org.springframework.amqp.core.BindingBuilder;
import org.springframework.amqp.core.FanoutExchange;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.core.RabbitAdmin;
import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.amqp.rabbit.listener.SimpleMessageListenerContainer;
import org.springframework.util.FileSystemUtils;

/** Events between processes on a real RabbitMQ, which is restarted, and with a service that knows only the wire. */
@RequiresRealBrokers
@TestMethodOrder(OrderAnnotation.class)
class EventsIT {
    private static final String ALL = "boot.fanout.exchange";
    private static final String DEAD = "caravan.events.dead";
    private static final String KEPT =
            """
            - route:
                id: event-kept
                description: What waits while no node is there
                routeConfigurationId: propagate
                autoStartup: "{{role:events}}"
                from:
                  uri: events:kept?durable=true&attempts=2&retryDelay=10
                  steps:
                    - filter:
                        simple: ${body} contains 'poison'
                        steps:
                          - throwException: { exceptionType: java.lang.IllegalStateException, message: Not for me }
                    - log: kept ${body}
            """;

    @TempDir
    static Path routes;

    private static RealRabbit rabbit;
    private static RealRedis redis;
    private static RawAmqp amqp;
    private static CaravanProcess one;
    /** A node that has the durable subscription {@code kept}, too: each test goes on with the one that the last has left. */
    private static CaravanProcess two;

    @BeforeAll
    static void start() throws IOException {
        FileSystemUtils.copyRecursively(Path.of("src/main/resources/routes"), routes);
        Files.writeString(routes.resolve("events/kept.camel.yaml"), KEPT);
        rabbit = Brokers.emptyRabbit();
        redis = RealRedis.start();
        amqp = RawAmqp.to(rabbit.port());
        one = CaravanProcess.start(
                Brokers.arguments(rabbit, redis), "--caravan.node=one", "--caravan.roles=api,events,worker");
    }

    @AfterAll
    static void stop() {
        oneIsAlone();
        one.close();
        amqp.close();
        redis.close();
    }

    private static CaravanProcess two() {
        if (two == null || !two.alive()) {
            two = another("two");
        }
        return two;
    }

    private static void oneIsAlone() {
        if (two != null) {
            two.close();
        }
    }

    private static CaravanProcess another(String name) {
        return CaravanProcess.start(
                Brokers.arguments(rabbit, redis),
                "--caravan.node=" + name,
                "--caravan.roles=events",
                "--caravan.routes.directory=" + routes);
    }

    private static SseClient follow(CaravanProcess node, String path, String lastId) {
        return SseClient.follow(URI.create(node.http() + path), lastId);
    }

    private static String publish(String path, String json) {
        Answer answer = one.api().post(path, json);
        assertThat(answer.status()).as(answer.body()).isEqualTo(202);
        return answer.field("eventId");
    }

    private static List<String> ownQueues() {
        return rabbit.queues().keySet().stream()
                .filter(queue -> queue.startsWith(ALL + "."))
                .toList();
    }

    private static long lines(CaravanProcess node, String text) {
        return node.output().lines().filter(line -> line.contains(text)).count();
    }

    @Test
    @Order(3)
    void eachNodeHearsEachEventOnceAndLeavesNothingBehind() {
        CaravanProcess two = two();
        try (CaravanProcess three = another("three");
                SseClient follower = follow(two, "/events", null);
                SseClient keyed = follow(three, "/events/k", null)) {
            assertThat(ownQueues()).hasSize(3);
            List<String> ids = IntStream.range(0, 50)
                    .mapToObj(i -> publish("/events", "{\"n\":" + i + "}"))
                    .toList();
            publish("/events/k", "\"keyed\"");

            assertThat(follower.next(50))
                    .extracting(got -> got.id().replaceFirst("@.*", ""))
                    .isEqualTo(ids);
            assertThat(keyed.next().data()).isEqualTo("\"keyed\"");
            for (CaravanProcess node : List.of(one, two, three)) {
                await().until(() -> ids.stream().allMatch(id -> lines(node, id + " of ") == 1));
            }
            await().until(() ->
                    lines(two, "kept {\"n\"") + lines(three, "kept {\"n\"") == 50); // each is worked by one of them

            two.kill9();
            assertThat(three.terminate()).isEqualTo(143);
            await().until(() -> ownQueues().size() == 1);
            assertThat(ownQueues()).singleElement().asString().startsWith(ALL + ".one.");
        }
    }

    @Test
    @Order(2)
    void aDurableSubscriptionMissesNothingWhileItsNodeIsAway() {
        two().close(); // killed
        await().until(() -> amqp.consumers("caravan.events.kept") == 0);
        int before = amqp.ready("caravan.events.kept");
        for (int i = 0; i < 20; i++) {
            publish("/events", "\"late " + i + "\"");
        }
        String poison = publish("/events", "\"poison\"");
        publish("/events", "\"after\"");
        assertThat(amqp.ready("caravan.events.kept")).isEqualTo(before + 22);

        CaravanProcess next = two();
        await().until(() -> lines(next, "kept \"after\"") == 1);
        assertThat(next.output().lines().filter(line -> line.contains("kept \"late ")))
                .hasSize(20)
                .first()
                .asString()
                .contains("late 0");
        GetResponse dead = amqp.take(DEAD, Duration.ofSeconds(30));
        assertThat(new String(dead.getBody(), UTF_8)).isEqualTo("\"poison\"");
        assertThat(dead.getProps().getMessageId()).isEqualTo(poison);
        assertThat(dead.getProps().getHeaders().get("subscription")).hasToString("kept");
        assertThat(dead.getProps().getHeaders().get("error").toString()).contains("Not for me");
        await().until(() -> amqp.ready("caravan.events.kept") == 0);
    }

    @Test
    @Order(1)
    void whoComesAgainToAnotherNodeMissesNothing() {
        CaravanProcess two = two();
        String last;
        try (SseClient follower = follow(one, "/events", null);
                SseClient same = follow(two, "/events", null)) {
            for (int i = 0; i < 10; i++) {
                publish("/events", "\"moves " + i + "\"");
            }
            last = follower.next(5).get(4).id();
            same.next(10);
        }
        publish("/events", "\"moves 10\"");

        try (SseClient follower = follow(two, "/events", last)) {
            List<String> got = new ArrayList<>();
            while (!got.contains("\"moves 10\"")) {
                Got next = follower.next();
                assertThat(next.event()).isEqualTo("message");
                got.add(next.data());
            }
            assertThat(got)
                    .containsAll(IntStream.rangeClosed(5, 10)
                            .mapToObj(i -> "\"moves " + i + "\"")
                            .toList());
        }
    }

    @Test
    void aServiceThatKnowsOnlyTheWireHearsAndIsHeard() {
        oneIsAlone();
        CachingConnectionFactory connections = new CachingConnectionFactory("127.0.0.1", rabbit.port());
        RabbitAdmin admin = new RabbitAdmin(connections);
        FanoutExchange exchange = new FanoutExchange(ALL);
        AnonymousQueue queue = new AnonymousQueue();
        admin.declareExchange(exchange); // as Caravan has it, or this fails
        admin.declareQueue(queue);
        admin.declareBinding(BindingBuilder.bind(queue).to(exchange));
        Queue<org.springframework.amqp.core.Message> heard = new ConcurrentLinkedQueue<>();
        SimpleMessageListenerContainer listener = new SimpleMessageListenerContainer(connections);
        listener.setQueues(queue);
        listener.setMessageListener(heard::add);
        listener.start();
        try (SseClient follower = follow(one, "/events", null)) {
            String id = publish("/events", "{\"text\":\"grüße\"}");

            await().until(() -> !heard.isEmpty());
            assertThat(new String(heard.element().getBody(), UTF_8)).isEqualTo("{\"text\":\"grüße\"}");
            assertThat(heard.element().getMessageProperties().getMessageId()).isEqualTo(id);
            assertThat(heard.element().getMessageProperties().getContentType()).isEqualTo("text/plain");
            assertThat(follower.next().data()).isEqualTo("{\"text\":\"grüße\"}");

            RabbitTemplate template = new RabbitTemplate(connections);
            template.convertAndSend(ALL, "", "hello\nfrom elsewhere");
            Got foreign = follower.next();
            assertThat(foreign.data()).isEqualTo("hello\nfrom elsewhere");
            assertThat(foreign.id()).matches("[0-9a-f-]{36}@.*");

            for (byte[] wrong : new byte[][] {{(byte) 0xff, (byte) 0xfe}, {}, new byte[70_000]}) {
                amqp.with(channel -> {
                    channel.basicPublish(
                            ALL,
                            "",
                            new BasicProperties.Builder()
                                    .contentEncoding("no-such-one")
                                    .build(),
                            wrong);
                    return null;
                });
            }
            publish("/events", "\"goes on\"");
            assertThat(follower.next().data()).isEqualTo("\"goes on\"");
        } finally {
            listener.stop();
            connections.destroy();
        }
        await().until(() -> ownQueues().size() == 1
                && rabbit.queues().keySet().stream().noneMatch(name -> name.startsWith("spring.gen")));
    }

    @Test
    void subscriptionsComeBackWithTheBroker() {
        oneIsAlone();
        try (SseClient follower = follow(one, "/events/back", null)) {
            publish("/events/back", "\"before\"");
            assertThat(follower.next().data()).isEqualTo("\"before\"");

            amqp.close();
            rabbit.restart();
            amqp = RawAmqp.to(rabbit.port());
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> ownQueues().size() == 1);

            String[] id = new String[1];
            await().until(() -> {
                Answer answer = one.api().post("/events/back", "\"after\"");
                if (answer.status() == 202) {
                    id[0] = answer.field("eventId");
                }
                return answer.status() == 202;
            });
            assertThat(follower.next().event()).as("some may be missing").isEqualTo("gap");
            assertThat(follower.next().id()).startsWith(id[0] + "@");
        }
    }

    /** The one that publishes has not the subscription, and the one that has it is away. */
    @Test
    @Order(4)
    void anEventAfterTheBrokerHasLostEverythingIsThereForTheSubscription() {
        two();
        await().until(() -> one.api().get("/queues").body().contains("\"caravan.events.kept\""));
        oneIsAlone();
        amqp.close();
        rabbit.stopApp();
        rabbit.ctl("reset");
        rabbit.startApp();
        amqp = RawAmqp.to(rabbit.port());

        await().until(() -> one.api().post("/events", "\"first\"").status() == 202);

        CaravanProcess two = two();
        await().until(() -> lines(two, "kept \"first\"") == 1);
    }

    /** With the policy that Caravan comes with, but for its size. */
    @Test
    @Order(5)
    void whatTheBrokerDropsOfAFullSubscriptionIsOnTheDeadQueueAndReported() throws IOException {
        two().close();
        await().until(() -> amqp.consumers("caravan.events.kept") == 0);
        JsonNode policy = StreamSupport.stream(
                        new ObjectMapper()
                                .readTree(Path.of("docker/rabbitmq/definitions.json")
                                        .toFile())
                                .path("policies")
                                .spliterator(),
                        false)
                .filter(each -> each.path("name").asText().equals("caravan-durable-subscriptions"))
                .findFirst()
                .orElseThrow();
        ObjectNode definition = policy.path("definition").deepCopy();
        definition.put("max-length", amqp.ready("caravan.events.kept") + 2).remove("delivery-limit");
        rabbit.ctl(
                "set_policy", "full", policy.path("pattern").asText(), definition.toString(), "--apply-to", "queues");
        try {
            for (int i = 0; i < 5; i++) {
                publish("/events", "\"full " + i + "\"");
            }
            assertThat(new String(amqp.take(DEAD, Duration.ofSeconds(30)).getBody(), UTF_8))
                    .startsWith("\"full ");
            await().until(() -> one.output().contains("more events are on the queue " + DEAD));
            await().until(() -> Pattern.compile("caravan_queue_messages[{]queue=\"" + DEAD + "\"} [1-9]")
                    .matcher(one.api().get("/actuator/prometheus").body())
                    .find());
        } finally {
            rabbit.ctl("clear_policy", "full");
            amqp.with(channel -> channel.queuePurge(DEAD));
        }
    }

    @Test
    void withoutABrokerNothingIsAccepted() {
        rabbit.stopApp();
        try {
            Answer answer = one.api().post("/events", "1");
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
            assertThat(answer.header("Retry-After")).isNotNull();
        } finally {
            rabbit.startApp();
        }
        await().until(() -> one.api().post("/events", "1").status() == 202);
        amqp.close();
        amqp = RawAmqp.to(rabbit.port());
    }
}
