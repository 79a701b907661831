package dev.caravan.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.caravan.fixture.Api.Answer;
import dev.caravan.fixture.Brokers;
import dev.caravan.fixture.CaravanProcess;
import dev.caravan.fixture.RawAmqp;
import dev.caravan.fixture.RealRedis;
import dev.caravan.fixture.RequiresRealBrokers;
import dev.caravan.fixture.SseClient;
import dev.caravan.fixture.SseClient.Got;
import dev.caravan.fixture.StompClient;
import dev.caravan.fixture.TestJobs;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Three processes with different roles on one broker and one Redis are one server, and know who of them is alive. */
@RequiresRealBrokers
class NodesIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String QUEUE = "nodes.jobs";
    private static final String CHAT = "nodes.chat";

    private static RealRedis redis;
    private static RawAmqp amqp;
    private static CaravanProcess front;
    private static CaravanProcess back;

    @BeforeAll
    static void start() {
        redis = RealRedis.start();
        amqp = RawAmqp.to(Brokers.rabbit().port());
        front = node("front", "api,chat");
        back = node("back", "worker");
    }

    @AfterAll
    static void stop() {
        front.close();
        back.close();
        amqp.delete(QUEUE);
        amqp.delete(QUEUE + ".again");
        amqp.delete(QUEUE + ".high");
        amqp.delete(QUEUE + ".low");
        amqp.delete(QUEUE + ".dead");
        amqp.with(channel -> channel.exchangeDelete(CHAT));
        amqp.close();
        redis.close();
    }

    private static CaravanProcess node(String name, String roles) {
        return CaravanProcess.start(
                Brokers.arguments(Brokers.rabbit(), redis),
                TestJobs.argument(),
                "--caravan.node=" + name,
                "--caravan.roles=" + roles,
                "--caravan.jobs.queue=" + QUEUE,
                "--caravan.chat.exchange=" + CHAT);
    }

    @Test
    void aJobAnEventAndALineOfTheChatGoAcrossThree() {
        try (CaravanProcess third = node("third", "events,chat");
                StompClient speaker = StompClient.connect(front.http(), "1.2");
                StompClient listener = StompClient.connect(third.http(), "1.2")) {
            List<JsonObject> nodes = await(list -> list.size() == 3);
            assertThat(nodes).extracting(node -> field(node, "name")).containsExactly("back", "front", "third");
            assertThat(nodes)
                    .extracting(node -> node.get("roles").toString())
                    .containsExactly("[\"worker\"]", "[\"api\",\"chat\"]", "[\"chat\",\"events\"]");
            assertThat(nodes)
                    .extracting(node -> field(node, "http"))
                    .containsExactly(
                            back.http().toString(),
                            front.http().toString(),
                            third.http().toString());

            Answer job = front.api().post("/jobs/sleeps?wait=30s", TestJobs.sleep(10));
            assertThat(job.field("state")).isEqualTo("FINISHED");
            assertThat(job.field("worker")).isEqualTo("back");

            try (SseClient follower = SseClient.follow(URI.create(third.http() + "/events"), null)) {
                Answer event = front.api().post("/events", "{\"across\":3}");
                assertThat(event.status()).isEqualTo(202);
                Got heard = follower.next();
                assertThat(heard.id()).startsWith(event.field("eventId") + "@");
                assertThat(heard.data()).isEqualTo("{\"across\":3}");
                assertThat(front.api().get("/events").status())
                        .as("of a node without the role events")
                        .isEqualTo(404);
            }

            listener.subscribe("0", "/receive-endpoint/nodes").settle();
            String said = "{\"roomId\":\"nodes\",\"sender\":\"front\",\"message\":\"across\"}";
            speaker.send("SEND", said, "destination", "/send-endpoint/ws/chat");
            assertThat(listener.frame("MESSAGE").body()).contains("\"across\"");
            await(list -> list.size() == 3
                    && list.stream()
                            .filter(node -> field(node, "name").equals("third"))
                            .allMatch(node -> node.get("connections").getAsInt() == 1));

            assertThat(front.output()).containsOnlyOnce("Node third has joined");
            third.kill9();

            Awaitility.await().atMost(SOON).until(() -> nodes().size() == 2);
            Awaitility.await().atMost(SOON).until(() -> front.output()
                    .contains("Node third is gone: no heartbeat for 6 s"));
        }
    }

    @Test
    void whoFollowsAJobHearsWhatBecomesOfItElsewhere() {
        Answer accepted = front.api().post("/jobs/sleeps", TestJobs.sleep(3000));
        assertThat(accepted.status()).as(accepted.toString()).isEqualTo(202);
        String id = accepted.field("jobId");
        URI events = URI.create(front.http() + "/jobs/" + id + "/events");
        try (SseClient follower = SseClient.follow(events, null);
                StompClient listener = StompClient.connect(front.http(), "1.2", StompClient.GUEST)) {
            assertThat(follower.next(2)).extracting(Got::id).containsExactly("1", "2");
            listener.subscribe("0", "/receive-endpoint/jobs/" + id);
            assertThat(listener.frame("MESSAGE").body()).contains("\"state\":\"RUNNING\"");
            redis.cli("CLIENT", "KILL", "TYPE", "normal"); // whatever was connected must connect again

            Got last = follower.next();
            assertThat(last.id()).isEqualTo("3");
            assertThat(last.data())
                    .startsWith("{\"jobId\":\"" + id + "\",\"number\":3,\"state\":\"FINISHED\",\"status\":0,");
            assertThat(follower.rest()).isEmpty();
            assertThat(listener.frame("MESSAGE").body()).isEqualTo(last.data());
        }
    }

    @Test
    void aNodeThatStopsSaysSoWhileItWorksAndIsGoneThen() {
        try (CaravanProcess other = node("front", "worker")) {
            List<JsonObject> nodes = await(list -> list.size() == 3);
            assertThat(nodes).extracting(node -> field(node, "name")).containsExactly("back", "front", "front");
            assertThat(nodes.get(1).get("instance")).isNotEqualTo(nodes.get(2).get("instance"));
            for (int i = 0; i < 4; i++) { // two workers are idle, so each has some of them
                front.api().post("/jobs/sleeps", TestJobs.sleep(6000));
            }
            await(list -> list.stream()
                            .filter(node -> node.get("jobs").getAsInt() > 0)
                            .count()
                    == 2);
            Thread stopping = new Thread(other::terminate, "stopping");
            stopping.start();

            await(list -> list.stream().anyMatch(node -> field(node, "state").equals("STOPPING")));
            Awaitility.await().atMost(SOON).until(() -> !other.alive());
            assertThat(nodes()).hasSize(2);
            Awaitility.await().atMost(SOON).until(() -> !stopping.isAlive());
            assertThat(other.output())
                    .containsPattern("Stopping: waiting for [1-4] jobs? to end")
                    .endsWith(" : Stopped" + System.lineSeparator());
            Awaitility.await().atMost(SOON).until(() -> back.output().contains("Node front has left"));
            assertThat(back.output()).doesNotContain("Node front is gone");
        }
    }

    @Test
    void withoutRedisNobodyKnows() {
        await(list -> list.size() == 2);
        int before = back.output().length();
        redis.stop();
        try {
            Answer answer = front.api().get("/nodes");
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
            assertThat(answer.header("Retry-After")).isEqualTo("2");
            assertThat(back.api().get("/nodes").status())
                    .as("of a node without the API")
                    .isEqualTo(404);
            Awaitility.await()
                    .atMost(SOON)
                    .until(() -> back.output().substring(before).contains(away()));
        } finally {
            redis.up();
        }
        await(list -> list.size() == 2);
        Awaitility.await().atMost(SOON).until(() -> back.output()
                .substring(before)
                .contains("Redis at 127.0.0.1:" + redis.port() + " responds again"));
        assertThat(back.output().substring(before))
                .containsOnlyOnce(away())
                .doesNotContain("\tat ", "Node front is gone", "Node front has left");
    }

    private static String away() {
        return "Cannot connect to Redis at 127.0.0.1:" + redis.port() + ": ";
    }

    private static List<JsonObject> await(Predicate<List<JsonObject>> condition) {
        return Awaitility.await().atMost(SOON).until(NodesIT::nodes, condition);
    }

    private static List<JsonObject> nodes() {
        List<JsonObject> nodes = new ArrayList<>();
        Answer answer = front.api().get("/nodes");
        if (answer.status() == 200) {
            for (JsonElement node : answer.json().getAsJsonArray("nodes")) {
                nodes.add(node.getAsJsonObject());
            }
        }
        return nodes;
    }

    private static String field(JsonObject node, String name) {
        return node.get(name).getAsString();
    }
}
