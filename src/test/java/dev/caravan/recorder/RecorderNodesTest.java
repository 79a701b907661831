package dev.caravan.recorder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.caravan.fixture.Api;
import dev.caravan.fixture.InProcessNode;
import dev.caravan.fixture.SseClient;
import dev.caravan.fixture.SseClient.Got;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One node runs jobs, another one shows what they did. */
@Timeout(120)
class RecorderNodesTest {
    private static final String SHAKY =
            """
            # Fails until it is the second attempt.
            - route:
                id: job-shaky
                from:
                  uri: direct:job-shaky
                  steps:
                    - setBody:
                        expression:
                          jq:
                            expression: .customer
                    - to:
                        uri: direct:shaky-check
                    - log:
                        message: Checked
            - route:
                id: shaky-check
                routeConfigurationId: propagate
                from:
                  uri: direct:shaky-check
                  steps:
                    - choice:
                        when:
                          - expression:
                              simple:
                                expression: ${variable.job.attempt} < 2
                            steps:
                              - throwException:
                                  exceptionType: java.lang.IllegalStateException
                                  message: not yet
                    - setHeader:
                        id: keep
                        name: token
                        expression:
                          constant:
                            expression: s3cret
            """;

    private static final String SLOW =
            """
            - route:
                id: job-slow
                from:
                  uri: direct:job-slow
                  steps:
                    - loop:
                        expression:
                          constant:
                            expression: 10000
                        steps:
                          - delay:
                              expression:
                                constant:
                                  expression: 300
            """;

    /** Each subscriber gets it. */
    private static final String EVENT = "{\"amount\":\"7\",\"token\":\"s3cret\"}";

    /** The second route is called by the first, and is no entry of its own. */
    private static final String PICKY =
            """
            - route:
                id: event-picky
                routeConfigurationId: propagate
                precondition: "{{role:events}}"
                from:
                  uri: events:picky
                  steps:
                    - setHeader:
                        name: amount
                        expression:
                          jq:
                            expression: .amount
                            resultType: java.lang.String
                    - to:
                        uri: direct:picky-check
            - route:
                id: picky-check
                routeConfigurationId: propagate
                precondition: "{{role:events}}"
                from:
                  uri: direct:picky-check
                  steps:
                    - filter:
                        expression:
                          simple:
                            expression: ${header.amount} contains 'bad'
                        steps:
                          - throwException:
                              exceptionType: java.lang.IllegalArgumentException
                              message: not this amount
            """;

    private static final String LONG =
            """
            - route:
                id: event-long
                routeConfigurationId: propagate
                precondition: "{{role:events}}"
                from:
                  uri: events:long
                  steps:
                    - loop:
                        expression:
                          constant:
                            expression: 15
                        steps:
                          - delay:
                              expression:
                                constant:
                                  expression: 300
            """;

    private static InProcessNode worker;
    private static InProcessNode front;
    private static Api api;

    @BeforeAll
    static void start() {
        worker = InProcessNode.startWith(
                List.of("jobs/hello"),
                "--caravan.roles=worker",
                "--caravan.node=first",
                "--caravan.jobs.attempts=3",
                "--caravan.jobs.retry-delay=100ms");
        worker.save("jobs/shaky", SHAKY);
        worker.save("jobs/slow", SLOW);
        worker.save("events/picky", PICKY);
        worker.save("events/long", LONG);
        String routes = worker.file("jobs/shaky").getParent().getParent().toString();
        front = InProcessNode.start(Stream.concat(
                        worker.joining(),
                        Stream.of(
                                "--caravan.roles=api,events",
                                "--caravan.recorder.sample=1000000", // the first of each route
                                "--caravan.routes.directory=" + routes))
                .toArray(String[]::new));
        api = front.api().as("guest", "guest");
        await().until(() -> api.get("/jobs/types").body().contains("shaky")
                && api.get("/jobs/types").body().contains("slow"));
    }

    @AfterAll
    static void stop() {
        front.close();
        worker.close();
    }

    private static List<String> lines(JsonArray steps) {
        List<String> text = SHAKY.lines().toList();
        return steps.asList().stream()
                .map(JsonElement::getAsJsonObject)
                .map(step -> text.get(step.get("line").getAsInt() - 1).strip())
                .toList();
    }

    @Test
    void theSecondAttemptIsShownOnTheLinesThatItRan() {
        String id = api.post("/jobs/shaky", "{\"customer\":{\"name\":\"Ann\",\"password\":\"s3cret\"}}")
                .field("jobId");
        api.awaitState(id, "FINISHED", Duration.ofSeconds(60));
        await().until(() -> api.get("/jobs/" + id + "/recording?attempt=2").status() == 200);

        JsonObject recording = api.get("/jobs/" + id + "/recording").json();
        assertThat(recording.get("attempt").getAsInt()).isEqualTo(2);
        assertThat(recording.get("node").getAsString()).isEqualTo("first");
        assertThat(recording.get("recorded").toString()).isEqualTo("[1,2]");
        assertThat(recording.has("error")).isFalse();
        assertThat(recording.get("steps").toString())
                .contains("\"token\":\"xxxxxx\"")
                .doesNotContain("s3cret");
        assertThat(lines(recording.getAsJsonArray("steps")))
                .containsExactly("- setBody:", "- to:", "- choice:", "- setHeader:", "- log:");
        JsonObject route = recording.getAsJsonArray("routes").get(0).getAsJsonObject();
        assertThat(route.get("id").getAsString()).isEqualTo("job-shaky");
        assertThat(route.get("file").getAsString()).isEqualTo("jobs/shaky.camel.yaml");
        assertThat(route.get("line").getAsInt()).isEqualTo(2);
        assertThat(route.get("text").getAsString()).startsWith("- route:\n").endsWith("message: Checked");
        assertThat(route.get("revision").getAsString())
                .isEqualTo(api.job(id).json().get("routeRevision").getAsString());

        JsonObject all = api.get("/jobs/types/shaky/recordings").json();
        JsonObject attempt = all.getAsJsonArray("recordings").get(0).getAsJsonObject();
        assertThat(attempt.get("jobId").getAsString()).isEqualTo(id);
        assertThat(attempt.get("startedAt")).isEqualTo(recording.get("startedAt"));
        assertThat(all.getAsJsonArray("recordings")).hasSizeGreaterThanOrEqualTo(2);
        assertThat(all.getAsJsonArray("steps")).hasSize(6);
        assertThat(api.get("/jobs/types/none/recordings").body()).isEqualTo("{\"recordings\":[],\"steps\":[]}");
        assertThat(api.get("/jobs/types/No/recordings").status()).isEqualTo(400);
    }

    @Test
    void theFirstAttemptThatFailedShowsWhereAndWithWhat() {
        String id = api.post("/jobs/shaky", "{\"customer\":{\"name\":\"Bob\",\"password\":\"s3cret\"}}")
                .field("jobId");
        api.awaitState(id, "FINISHED", Duration.ofSeconds(60));
        await().until(() -> api.get("/jobs/" + id + "/recording?attempt=1").status() == 200);

        JsonObject recording = api.get("/jobs/" + id + "/recording?attempt=1").json();
        assertThat(recording.get("attempt").getAsInt()).isEqualTo(1);
        assertThat(recording.get("timesOnly").getAsBoolean()).isTrue();
        assertThat(recording.get("error").getAsString()).isEqualTo("not yet");
        JsonArray steps = recording.getAsJsonArray("steps");
        assertThat(lines(steps)).containsExactly("- setBody:", "- to:", "- choice:", "- throwException:");
        assertThat(steps.get(3)
                        .getAsJsonObject()
                        .getAsJsonObject("after")
                        .get("body")
                        .getAsString())
                .contains("Bob")
                .doesNotContain("s3cret");
        assertThat(api.get("/jobs/" + id + "/recording?attempt=9").status()).isEqualTo(204);
        assertThat(api.get("/jobs/" + id + "/recording?attempt=one").status()).isEqualTo(400);
    }

    @Test
    void whereAJobIsIsToldWhileItRuns() {
        String id = api.post("/jobs/slow", "").field("jobId");
        URI uri = URI.create(front.http() + "/jobs/" + id + "/recording");
        String lastId;
        try (SseClient follower = SseClient.follow(uri, null)) {
            JsonObject first = JsonParser.parseString(follower.next().data()).getAsJsonObject();
            assertThat(first.get("running").getAsBoolean()).isTrue();
            assertThat(first.get("node").getAsString()).isEqualTo("first");
            JsonObject loop = first.getAsJsonArray("steps").get(0).getAsJsonObject();
            assertThat(loop.get("line").getAsInt()).isEqualTo(6);
            assertThat(loop.has("micros")).isFalse();
            Got second = follower.next();
            assertThat(second.data()).contains("\"running\":true").isNotEqualTo(first.toString());
            assertThat(api.get("/jobs/" + id + "/recording").body()).contains("\"running\":true");

            assertThat(api.send("DELETE", "/jobs/" + id, new byte[0]).status()).isBetween(200, 299);
            Got last;
            do {
                last = follower.next();
            } while (last.data().contains("\"running\""));
            assertThat(last.data()).contains("\"error\":").doesNotContain("\"lost\"");
            Got end = follower.next();
            assertThat(end.event()).isEqualTo("end");
            assertThat(end.id()).isEqualTo(last.id());
            lastId = last.id();
        }
        assertThatThrownBy(() -> SseClient.follow(uri, lastId)).hasMessageContaining("answers 204");
    }

    @Test
    void whatASubscriberDidWithAnEventIsShown() {
        assertThat(api.post("/events", EVENT).status()).isBetween(200, 299);
        String path = "/routes/recordings/event-picky";
        await().until(() -> api.get(path).body().contains("\"id\":"));
        JsonObject first =
                api.get(path).json().getAsJsonArray("recordings").get(0).getAsJsonObject();
        assertThat(first.get("node").getAsString()).isEqualTo("second");
        assertThat(first.has("error")).isFalse();
        String one = path + "/" + first.get("id").getAsString();
        JsonObject whole = api.get(one).json();
        assertThat(whole.has("timesOnly")).isFalse();
        assertThat(whole.get("steps").toString()).contains("\"amount\":\"7\"").doesNotContain("s3cret");
        List<String> text = PICKY.lines().toList();
        assertThat(whole.getAsJsonArray("steps").asList())
                .extracting(step -> text.get(step.getAsJsonObject().get("line").getAsInt() - 1)
                        .strip())
                .containsExactly("- setHeader:", "- to:", "- filter:");

        assertThat(api.post("/events", "{\"amount\":\"bad\"}").status()).isBetween(200, 299);
        await().until(() -> api.get(path).json().getAsJsonArray("recordings").size() == 2);
        JsonObject failed =
                api.get(path).json().getAsJsonArray("recordings").get(0).getAsJsonObject();
        assertThat(failed.get("error").getAsString()).isEqualTo("not this amount");
        String why = api.get(path + "/" + failed.get("id").getAsString()).body();
        assertThat(why).contains("\"timesOnly\":true", "\"after\":{\"body\":\"{\\\"amount\\\":\\\"bad\\\"}\"");
        assertThat(api.get(path).json().getAsJsonArray("steps").toString()).contains("\"failed\":1");
        assertThat(api.get("/routes/recordings/picky-check").body()).isEqualTo("{\"recordings\":[],\"steps\":[]}");
        assertThat(api.get("/routes/recordings/events-publish/"
                                + failed.get("id").getAsString())
                        .status())
                .isEqualTo(404);
        assertThat(api.get(path + "/none").status()).isEqualTo(404);
    }

    @Test
    void whereAnEventIsIsToldWhileItsSubscriberRuns() {
        assertThat(api.post("/events", EVENT).status()).isBetween(200, 299);
        String path = "/routes/recordings/event-long";
        JsonObject listed = await().until(
                        () -> api.get(path).json().getAsJsonArray("recordings").asList().stream()
                                .map(JsonElement::getAsJsonObject)
                                .filter(exchange -> exchange.has("running")
                                        && exchange.get("micros").getAsLong() < 2_500_000)
                                .findFirst()
                                .orElse(null),
                        Objects::nonNull);
        String one = path + "/" + listed.get("id").getAsString();
        URI uri = URI.create(front.http() + one);
        String lastId;
        try (SseClient follower = SseClient.follow(uri, null)) {
            JsonObject first = JsonParser.parseString(follower.next().data()).getAsJsonObject();
            assertThat(first.get("running").getAsBoolean()).isTrue();
            JsonObject loop = first.getAsJsonArray("steps").get(0).getAsJsonObject();
            assertThat(loop.has("micros")).isFalse();
            assertThat(follower.next().data()).contains("\"running\":true").isNotEqualTo(first.toString());
            Got last;
            do {
                last = follower.next();
            } while (last.data().contains("\"running\""));
            Got end = follower.next();
            assertThat(end.event()).isEqualTo("end");
            assertThat(end.id()).isEqualTo(last.id());
            lastId = last.id();
        }
        assertThat(api.get(one).json().has("running")).isFalse();
        assertThatThrownBy(() -> SseClient.follow(uri, lastId)).hasMessageContaining("answers 204");
        assertThatThrownBy(() -> SseClient.follow(URI.create(front.http() + path + "/none"), null))
                .hasMessageContaining("answers 404");
    }

    @Test
    void aJobThatEndsWellAtOnceHasNone() {
        String id = api.post("/jobs/hello", "").field("jobId");
        api.awaitState(id, "FINISHED", Duration.ofSeconds(60));
        assertThat(api.get("/jobs/" + id + "/recording").status()).isEqualTo(204);
        assertThat(api.get("/jobs/none/recording").status()).isEqualTo(404);
        assertThat(api.get("/jobs/n%20/recording").status()).isEqualTo(400);
    }
}
