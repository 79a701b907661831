package dev.caravan.job.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import dev.caravan.fixture.Api;
import dev.caravan.fixture.Api.Answer;
import dev.caravan.fixture.InProcessNode;
import dev.caravan.fixture.TestJobs;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.apache.camel.CamelContext;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mockito.Mockito;
import org.springframework.amqp.core.Queue;
import org.springframework.amqp.rabbit.core.RabbitAdmin;
import org.springframework.data.redis.core.StringRedisTemplate;

/** Webhooks over REST, on a node, with a receiver on this machine. */
@Timeout(120)
class WebhooksTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String QUEUES = "caravan:webhooks:queues";

    private static InProcessNode node;
    private static Api api;

    private Receiver receiver;

    @BeforeAll
    static void start() {
        node = InProcessNode.start(
                TestJobs.argument(),
                "--caravan.jobs.attempts=1",
                "--caravan.webhooks.allow-networks=127.0.0.0/8",
                "--caravan.webhooks.timeout=2s");
        api = node.api().as("guest", "guest");
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @BeforeEach
    void receive() {
        receiver = Receiver.start();
    }

    @AfterEach
    void delete() {
        api.get("/webhooks")
                .json()
                .getAsJsonArray("webhooks")
                .forEach(webhook -> api.send(
                        "DELETE",
                        "/webhooks/" + webhook.getAsJsonObject().get("name").getAsString(),
                        new byte[0]));
        receiver.close();
        // The next test finds no note of this one.
        Awaitility.await().atMost(SOON).until(() -> ended() == 0);
    }

    /** Creates one, and returns its secret. */
    private String create(String name, String jobs) {
        Answer created = api.put("/webhooks/" + name, "{\"url\":\"" + receiver.url() + "\",\"jobs\":" + jobs + "}");
        assertThat(created.status()).as(created.body()).isEqualTo(201);
        return created.field("secret");
    }

    private Receiver.Got got(int number) {
        Awaitility.await().atMost(SOON).until(() -> receiver.got().size() >= number);
        return receiver.got().get(number - 1);
    }

    private static long ended() {
        return node.bean(StringRedisTemplate.class).opsForZSet().zCard("caravan:jobs:ended");
    }

    private static List<JsonObject> deliveries(String name) {
        return api.get("/jobs?tag=webhook:" + name).json().getAsJsonArray("jobs").asList().stream()
                .map(job -> job.getAsJsonObject())
                .toList();
    }

    @Test
    void theEndOfAJobIsTold() {
        String secret = create("shop", "{\"types\":[\"hello\",\"invalid\"],\"result\":true}");

        String id = api.post("/jobs/hello?wait=20s", "").field("id");

        Receiver.Got got = got(1);
        assertThat(got.isSignedWith(secret)).isTrue();
        JsonObject message = got.json();
        assertThat(message.get("type").getAsString()).isEqualTo("job.finished");
        JsonObject data = message.getAsJsonObject("data");
        assertThat(data.get("id").getAsString()).isEqualTo(id);
        assertThat(data.get("state").getAsString()).isEqualTo("FINISHED");
        assertThat(data.get("result").getAsString()).startsWith("Hello");
        assertThat(data.get("finishedAt")).isEqualTo(message.get("timestamp"));
        assertThat(data.has("payload")).isFalse();
        Answer delivery = api.awaitState(got.id(), "FINISHED", SOON);
        assertThat(delivery.field("type")).isEqualTo("webhook-delivery");
        assertThat(delivery.field("result")).contains("\"sent\":true,\"status\":204");
        Awaitility.await()
                .atMost(SOON)
                .until(() -> api.get("/jobs/" + got.id() + "/log").body().contains("responded with 204"));
        assertThat(deliveries("shop")).hasSize(1);

        String failed = api.post("/jobs/invalid?wait=20s", "").field("id");
        assertThat(got(2).json().getAsJsonObject("data").get("id").getAsString())
                .isEqualTo(failed);
        assertThat(got(2).json().get("type").getAsString()).isEqualTo("job.failed");
        Awaitility.await().atMost(SOON).until(() -> ended() == 0);
    }

    @Test
    void whatNobodyWantsToKnowIsNotNoted() {
        StringRedisTemplate redis = node.bean(StringRedisTemplate.class);
        create("failures", "{\"types\":[\"hello\"],\"states\":[\"FAILED\"]}");
        api.post("/jobs/hello?wait=20s", "");
        assertThat(redis.hasKey("caravan:jobs:ended")).isFalse();
        String later = api.post("/jobs/hello?delay=1h", "").field("jobId");
        create("all", "{\"states\":[\"CANCELLED\"]}");
        api.send("DELETE", "/jobs/" + later, new byte[0]);
        assertThat(got(1).json().get("type").getAsString()).isEqualTo("job.cancelled");
        assertThat(api.awaitState(got(1).id(), "FINISHED", SOON).field("id")).isNotNull();
        // The end of the delivery was not delivered.
        Awaitility.await().atMost(SOON).until(() -> ended() == 0);
        assertThat(receiver.got()).hasSize(1);
        assertThat(deliveries("failures")).isEmpty();
    }

    @Test
    void aJobThatExpiresIsToldToo() {
        create("expired", "{\"states\":[\"CANCELLED\"]}");
        api.post("/jobs/types/hello/pause", "");
        String id = api.post("/jobs/hello?expires=1s", "").field("jobId");
        assertThat(got(1).json().getAsJsonObject("data").get("id").getAsString())
                .isEqualTo(id);
        api.post("/jobs/types/hello/resume", "");
    }

    @Test
    void aReceiverThatFailsIsTriedAgainAndARunAgainJobIsToldAgain() {
        String secret = create("late", "{\"types\":[\"invalid\"]}");
        receiver.respond(503);
        String id = api.post("/jobs/invalid?wait=20s", "").field("id");
        String delivery = got(1).id();
        Answer waits = api.awaitState(delivery, "RETRYING", SOON);
        assertThat(waits.json().getAsJsonObject("error").get("message").getAsString())
                .isEqualTo("The receiver responded with 503");
        receiver.respond(200);
        api.awaitState(delivery, "FINISHED", SOON);
        assertThat(got(2).id()).isEqualTo(delivery);
        assertThat(got(2).body()).isEqualTo(got(1).body());
        assertThat(got(2).isSignedWith(secret)).isTrue();

        api.post("/jobs/" + id + "/replay", "");
        assertThat(got(3).id()).isNotEqualTo(delivery);
        assertThat(got(3).json().getAsJsonObject("data").get("id").getAsString())
                .isEqualTo(id);
    }

    @Test
    void aReceiverThatIsGonePausesItsWebhook() {
        create("gone", "{\"types\":[\"none\"]}");
        receiver.respond(410);
        String delivery = api.post("/webhooks/gone/test", "").field("jobId");
        api.awaitState(delivery, "FAILED", SOON);
        // Nobody has a text of their own signed.
        assertThat(api.post("/jobs/" + delivery + "/replay", "{}").status()).isEqualTo(422);
        JsonObject webhook = api.get("/webhooks/gone").json();
        assertThat(webhook.get("paused").getAsBoolean()).isTrue();
        assertThat(webhook.get("pausedBecause").getAsString()).contains("410");
        assertThat(api.post("/webhooks/gone/resume", "").body())
                .contains("\"paused\":false")
                .doesNotContain("Because");
    }

    @Test
    void aReceiverThatIsDownIsLeftAloneUntilOneArrives() {
        create("down", "{\"types\":[\"invalid\"]}");
        receiver.respond(503);
        for (int i = 0; i < Outage.MOST_FAILURES; i++) {
            api.post("/jobs/invalid", "");
        }
        Awaitility.await()
                .atMost(SOON)
                .until(() -> api.get("/webhooks/down").json().has("outage"));
        JsonObject outage = api.get("/webhooks/down").json().getAsJsonObject("outage");
        assertThat(outage.get("failures").getAsInt()).isGreaterThanOrEqualTo(Outage.MOST_FAILURES);
        assertThat(outage.get("because").getAsString()).isEqualTo("The receiver responded with 503");
        assertThat(outage.get("trialAt").getAsString())
                .isGreaterThan(outage.get("since").getAsString());
        Awaitility.await()
                .atMost(SOON)
                .until(() -> node.bean(MeterRegistry.class)
                                .get("caravan.webhooks.down")
                                .gauge()
                                .value()
                        == 1);
        Awaitility.await()
                .atMost(SOON)
                .until(() -> deliveries("down").toString().contains("was not tried again with this delivery"));

        receiver.respond(204);
        api.awaitState(test("down"), "FINISHED", SOON);
        assertThat(api.get("/webhooks/down").json().has("outage")).isFalse();
        assertThat(deliveries("down"))
                .as("those that were refused wait for their next attempts")
                .hasSize(Outage.MOST_FAILURES + 1)
                .noneMatch(job -> job.get("state").getAsString().equals("FAILED"));
    }

    @Test
    void aDeletedWebhookEndsItsDeliveries() {
        create("deleted", "{\"types\":[\"none\"]}");
        receiver.respond(500);
        String delivery = api.post("/webhooks/deleted/test", "").field("jobId");
        got(1);
        assertThat(api.send("DELETE", "/webhooks/deleted", new byte[0]).status())
                .isEqualTo(204);
        assertThat(api.awaitState(delivery, "FINISHED", SOON).field("result")).isEqualTo("{\"sent\":false}");
        assertThat(receiver.got()).hasSize(1);
    }

    @Test
    void aNewSecretSignsBesideTheOldOne() {
        String old = create("rotated", "{\"types\":[\"none\"]}");
        Answer rotated = api.post("/webhooks/rotated/secret", "");
        String secret = rotated.field("secret");
        assertThat(secret).isNotEqualTo(old);
        api.post("/webhooks/rotated/test", "");
        assertThat(got(1).isSignedWith(old)).isTrue();
        assertThat(got(1).isSignedWith(secret)).isTrue();
        assertThat(got(1).json().get("type").getAsString()).isEqualTo("webhook.test");
        String shown = api.get("/webhooks").body()
                + api.get("/webhooks/rotated").body()
                + api.put("/webhooks/rotated", "{\"url\":\"" + receiver.url() + "\",\"jobs\":{\"types\":[\"none\"]}}")
                        .body();
        assertThat(shown).doesNotContain("whsec_", "secret");
        api.post("/webhooks/rotated/test", "");
        assertThat(got(2).isSignedWith(secret))
                .as("replacing one keeps its secrets")
                .isTrue();
    }

    @Test
    void aReceiverHoldsNoHandlerAndIsNotFollowed() {
        create("bad", "{\"types\":[\"none\"]}");
        receiver.respond(exchange -> {
            exchange.getResponseHeaders().add("Location", receiver.url() + "/secret");
            exchange.sendResponseHeaders(307, -1);
        });
        assertThat(failure("bad")).isEqualTo("The receiver responded with 307");
        assertThat(receiver.got()).hasSize(1);

        receiver.respond(exchange -> endless(exchange, 0));
        assertThat(api.awaitState(test("bad"), "FINISHED", SOON).field("result"))
                .contains("\"status\":200");

        receiver.hang();
        assertThat(failure("bad")).startsWith("The receiver was not reached, or did not respond in time (");
        receiver.close();
        assertThat(failure("bad")).startsWith("The receiver was not reached, or did not respond in time (");
    }

    @Test
    void anAddressThatIsNotAllowedIsNotTriedAgain() {
        // As a name would, it shows only when it is looked up where it leads: to 169.254.169.254.
        String url = "http://2852039166:" + URI.create(receiver.url()).getPort() + "/hook";
        api.put("/webhooks/inner", "{\"url\":\"" + url + "\",\"jobs\":{\"types\":[\"none\"]}}");
        Answer failed = api.awaitState(test("inner"), "FAILED", SOON);
        assertThat(failed.field("attempt")).isEqualTo("1");
        assertThat(failed.json().getAsJsonObject("error").get("message").getAsString())
                .startsWith("The receiver has an address that webhooks may not reach");
    }

    private static String test(String name) {
        Answer accepted = api.post("/webhooks/" + name + "/test", "");
        assertThat(accepted.status()).as(accepted.body()).isEqualTo(202);
        return accepted.field("jobId");
    }

    private static String failure(String name) {
        String id = test(name);
        String message = api.awaitState(id, "RETRYING", SOON)
                .json()
                .getAsJsonObject("error")
                .get("message")
                .getAsString();
        api.send("DELETE", "/jobs/" + id, new byte[0]);
        return message;
    }

    /** More than anybody reads. */
    private static void endless(HttpExchange exchange, int length) throws IOException {
        exchange.sendResponseHeaders(200, length);
        try (OutputStream body = exchange.getResponseBody()) {
            byte[] much = "x".repeat(64 * 1024).getBytes(UTF_8);
            for (int i = 0; i < 10_000; i++) {
                body.write(much);
            }
        }
    }

    @Test
    void eventsOfItsKeyAreTold() {
        Answer created =
                api.put("/webhooks/orders", "{\"url\":\"" + receiver.url() + "\",\"events\":{\"key\":\"orders.eu\"}}");
        assertThat(created.status()).as(created.body()).isEqualTo(201);
        assertThat(created.json().get("events").toString()).isEqualTo("{\"key\":\"orders.eu\"}");
        awaitSubscription("orders", true);

        api.post("/events", "{\"n\":1}");
        api.post("/events/orders", "{\"n\":2}");
        String id = api.post("/events/orders.eu", "{\"n\":3}").field("eventId");

        assertThat(got(1).isSignedWith(created.field("secret"))).isTrue();
        assertThat(got(1).json().get("type").getAsString()).isEqualTo("event");
        assertThat(got(1).json().get("data").toString())
                .isEqualTo("{\"id\":\"" + id + "\",\"key\":\"orders.eu\",\"event\":{\"n\":3}}");

        api.put("/webhooks/orders", "{\"url\":\"" + receiver.url() + "\",\"events\":{}}");
        Awaitility.await().atMost(SOON).until(() -> {
            api.post("/events/orders.eu", "{\"n\":4}");
            api.post("/events", "\"five\"");
            return receiver.got().size() > 1;
        });
        assertThat(receiver.got().get(receiver.got().size() - 1).body()).contains("\"event\":\"five\"");

        api.post("/webhooks/orders/pause", "");
        api.send("DELETE", "/webhooks/orders", new byte[0]);
        awaitSubscription("orders", false);
        Awaitility.await()
                .atMost(SOON)
                .until(() -> node.bean(RabbitAdmin.class).getQueueInfo("caravan.events.webhook.orders") == null);
    }

    @Test
    void theQueueOfAWebhookThatWasDeletedMeanwhileGoesWhenANodeStarts() throws Exception {
        RabbitAdmin broker = node.bean(RabbitAdmin.class);
        StringRedisTemplate redis = node.bean(StringRedisTemplate.class);
        api.put("/webhooks/kept", "{\"url\":\"" + receiver.url() + "\",\"events\":{\"key\":\"kept\"}}");
        awaitSubscription("kept", true);
        broker.declareQueue(new Queue("caravan.events.webhook.left"));
        redis.opsForSet().add(QUEUES, "left");
        assertThat(redis.opsForSet().members(QUEUES)).contains("kept", "left");

        CamelContext context = Mockito.mock(); // the node has the routes
        WebhookEvents starting = new WebhookEvents(node.bean(Webhooks.class), context, broker, redis, Set.of("events"));
        Awaitility.await().atMost(SOON).until(() -> {
            starting.follow();
            return Boolean.FALSE.equals(redis.opsForSet().isMember(QUEUES, "left"));
        });

        assertThat(broker.getQueueInfo("caravan.events.webhook.left")).isNull();
        assertThat(broker.getQueueInfo("caravan.events.webhook.kept")).isNotNull();
        api.send("DELETE", "/webhooks/kept", new byte[0]);
        Awaitility.await().atMost(SOON).until(() -> redis.opsForSet().size(QUEUES) == 0);
    }

    private static void awaitSubscription(String name, boolean there) {
        Awaitility.await().atMost(SOON).until(() -> {
            CamelContext camel = node.bean(CamelContext.class);
            return (camel.getRoute("webhook-events-" + name) != null) == there;
        });
    }

    @Test
    void nobodySubmitsADelivery() {
        create("signed", "{\"types\":[\"none\"]}");
        assertThat(api.post("/jobs/webhook-delivery", "{\"webhook\":\"signed\",\"message\":{}}")
                        .status())
                .isEqualTo(404);
        assertThat(api.put("/schedules/deliver", "{\"type\":\"webhook-delivery\",\"every\":\"1h\"}")
                        .status())
                .isEqualTo(422);
        assertThat(api.post("/batches", "{\"callback\":{\"type\":\"webhook-delivery\"}}")
                        .status())
                .isEqualTo(422);
        assertThat(api.get("/jobs/types").body()).doesNotContain("webhook-delivery");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a | {} | url must be a text of up to 2000 characters.",
                "a | {\"url\":\"https://example.org\"} | A webhook needs jobs or events.",
                "a | {\"url\":\"https://example.org\",\"jobs\":[]} | jobs must be a JSON object.",
                "a | {\"url\":\"https://example.org\",\"jobs\":{\"state\":[]}} | jobs has no state.",
                "a | {\"url\":\"https://example.org\",\"jobs\":{\"states\":[\"RUNNING\"]}}"
                        + " | jobs.states must be a list of FINISHED, FAILED and CANCELLED.",
                "a | {\"url\":\"https://example.org\",\"jobs\":{},\"secret\":\"mine\"} | The body has no secret.",
                "a | {\"url\":\"https://10.0.0.1\",\"jobs\":{}}"
                        + " | url leads to an address that webhooks may not reach: see caravan.webhooks.allow-networks.",
                "a | {\"url\":\"https://example.org\",\"events\":{\"key\":\"a b\"}}"
                        + " | events.key must be 1 to 100 of A-Z a-z 0-9 . _ : -",
                "A | {} | 'The name of a webhook is 1 to 32 of a-z 0-9 -, and does not begin with -.'",
            })
    void whatIsWrongIsSaid(String name, String body, String detail) {
        Answer answer = api.put("/webhooks/" + name, body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(400);
        assertThat(answer.field("detail")).isEqualTo(detail);
        assertThat(api.get("/webhooks/" + name).status()).isEqualTo(404);
    }

    @Test
    void thereAreSoManyAtTheMost() {
        StringRedisTemplate redis = node.bean(StringRedisTemplate.class);
        String stored = "{\"name\":\"x\",\"url\":\"https://example.org\",\"secrets\":[],\"paused\":true}";
        for (int i = 0; i < Definitions.MOST; i++) {
            redis.opsForHash().put("caravan:webhooks", "x" + i, stored.replace("\"x\"", "\"x" + i + "\""));
        }
        assertThat(api.put("/webhooks/new", "{\"url\":\"https://example.org\",\"jobs\":{}}")
                        .status())
                .isEqualTo(409);
        assertThat(api.put("/webhooks/x1", "{\"url\":\"https://example.org\",\"jobs\":{},\"paused\":true}")
                        .status())
                .isEqualTo(200);
        assertThat(JsonParser.parseString(api.get("/webhooks/x1").body()).toString())
                .contains("\"paused\":true");
    }
}
