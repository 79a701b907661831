package dev.caravan.job.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.fixture.Api;
import dev.caravan.fixture.Api.Answer;
import dev.caravan.fixture.InProcessNode;
import dev.caravan.fixture.SseClient;
import dev.caravan.fixture.TestJobs;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Hooks over REST, on a node. */
@Timeout(120)
class HooksTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    private static InProcessNode node;
    private static Api api;
    /** Has not logged in. */
    private static Api stranger;

    @BeforeAll
    static void start() {
        node = InProcessNode.start(TestJobs.argument());
        stranger = node.api();
        api = stranger.as("guest", "guest");
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static String create(String name, String becomes) {
        Answer created = api.put("/hooks/" + name, "{" + becomes + "}");
        assertThat(created.status()).as(created.body()).isEqualTo(201);
        return created.field("secret");
    }

    private static Answer post(String name, String secret, String id, String body) {
        String now = Long.toString(Instant.now().getEpochSecond());
        return stranger.post(
                "/hooks/" + name,
                body,
                "webhook-id",
                id,
                "webhook-timestamp",
                now,
                "webhook-signature",
                WebhookSignature.of(secret, id, now, body.getBytes(UTF_8)));
    }

    @Test
    void aSignedRequestBecomesOneJobOfTheHook() {
        String secret = create("shop", "\"job\":\"sleeps\"");

        Answer accepted = post("shop", secret, "msg_1", "{\"millis\":1}");

        assertThat(accepted.status()).as(accepted.body()).isEqualTo(202);
        Answer job = api.awaitState(accepted.field("jobId"), "FINISHED", SOON);
        assertThat(job.field("type")).isEqualTo("sleeps");
        assertThat(job.json().get("payload").toString()).isEqualTo("{\"millis\":1}");
        assertThat(job.json().get("tags").toString()).isEqualTo("[\"hook:shop\"]");
        assertThat(post("shop", secret, "msg_1", "{\"millis\":1}").field("jobId"))
                .as("the same message again")
                .isEqualTo(accepted.field("jobId"));
        assertThat(post("shop", secret, "msg_1", "{\"millis\":2}").status()).isEqualTo(422);
        assertThat(post("shop", secret, "msg_2", "{\"millis\":").status()).isEqualTo(400);
    }

    private static double refused(String reason) {
        return node.bean(MeterRegistry.class)
                .get("caravan.hooks.refused")
                .tag("reason", reason)
                .counter()
                .count();
    }

    @Test
    void whoCannotSignLearnsNothing() {
        String secret = create("silent", "\"job\":\"hello\"");
        double unknown = refused("unknown");
        double signature = refused("signature");
        Answer none = post("nothing", secret, "msg_1", "{}");
        assertThat(none.status()).isEqualTo(404);
        String detail = none.field("detail");
        for (Answer answer : new Answer[] {
            post("silent", WebhookSignature.newSecret(), "msg_1", "{}"),
            stranger.post("/hooks/silent", "{}"),
            stranger.post("/hooks/silent", "no json", "Content-Type", "text/plain"),
            stranger.post("/hooks/silent?webhook-signature=v1,a&webhook-id=1", "{}"),
            stranger.post("/hooks/Silent", "{}"),
        }) {
            assertThat(answer.status()).as(answer.body()).isEqualTo(404);
            assertThat(answer.field("detail")).isEqualTo(detail);
        }
        assertThat(refused("unknown") - unknown).isEqualTo(2);
        assertThat(refused("signature") - signature).isEqualTo(4);
        String large = "\"" + "x".repeat(256 * 1024) + "\"";
        assertThat(stranger.post("/hooks/silent", large).status()).isEqualTo(413);
        assertThat(stranger.post("/hooks/nothing", large).status()).isEqualTo(413);
        assertThat(stranger.get("/hooks/silent").status()).isEqualTo(401);
        assertThat(stranger.put("/hooks/silent", "{\"job\":\"hello\"}").status())
                .isEqualTo(401);
    }

    @Test
    void aSignedRequestBecomesOneEvent() {
        String secret = create("orders", "\"event\":{\"key\":\"orders\"}");
        try (SseClient events = SseClient.follow(URI.create(node.http() + "/events/orders"), null)) {
            String id = UUID.randomUUID().toString();
            Answer accepted = post("orders", secret, id, "{\"n\":1}");
            assertThat(accepted.status()).as(accepted.body()).isEqualTo(202);
            assertThat(accepted.field("eventId")).isEqualTo("orders:" + id);
            assertThat(post("orders", secret, id, "{\"n\":1}").status()).isEqualTo(202);
            post("orders", secret, "msg_2", "{\"n\":2}");
            assertThat(events.next(2)).extracting(SseClient.Got::data).containsExactly("{\"n\":1}", "{\"n\":2}");
        }
        assertThat(post("orders", secret, "msg_3", "\"" + "x".repeat(70_000) + "\"")
                        .status())
                .isEqualTo(413);
        assertThat(post("orders", secret, "msg_4", "").status()).isEqualTo(400);
    }

    @Test
    void gitHubSignsInItsOwnWay() {
        Answer created =
                api.put("/hooks/github", "{\"scheme\":\"github\",\"job\":\"hello\",\"secret\":\"0123456789abcdef\"}");
        assertThat(created.body()).isEqualTo("{\"name\":\"github\",\"scheme\":\"github\",\"job\":\"hello\"}");
        String signature = WebhookSignature.ofGitHub("0123456789abcdef", "{\"zen\":1}".getBytes(UTF_8));
        Answer accepted = stranger.post("/hooks/github", "{\"zen\":1}", "X-Hub-Signature-256", signature);
        assertThat(accepted.status()).as(accepted.body()).isEqualTo(202);
        assertThat(stranger.post("/hooks/github", "{\"zen\":1}", "X-Hub-Signature-256", signature)
                        .field("jobId"))
                .isEqualTo(accepted.field("jobId"));
        assertThat(stranger.post("/hooks/github", "{\"zen\":2}", "X-Hub-Signature-256", signature)
                        .status())
                .isEqualTo(404);
    }

    @Test
    void aHookThatChangesItsSchemeHasOtherSecrets() {
        String gitHub = "{\"scheme\":\"github\",\"job\":\"hello\",\"secret\":\"not-base64-at-all\"}";
        assertThat(api.put("/hooks/changed", gitHub).status()).isEqualTo(201);
        String secret = WebhookSignature.newSecret();
        Answer changed = api.put("/hooks/changed", "{\"job\":\"hello\",\"secret\":\"" + secret + "\"}");
        assertThat(changed.status()).as(changed.body()).isEqualTo(200);
        assertThat(post("changed", secret, "msg_1", "{}").status()).isEqualTo(202);
        assertThat(stranger.post("/hooks/changed", "{}").status()).isEqualTo(404);

        assertThat(api.put("/hooks/changed", gitHub).status()).isEqualTo(200);
        String made = api.put("/hooks/changed", "{\"job\":\"hello\"}").field("secret");
        assertThat(post("changed", made, "msg_2", "{}").status()).isEqualTo(202);
    }

    @Test
    void anotherSecretIsTakenBesideTheOldOneAndNoneIsShown() {
        String old = create("rotated", "\"job\":\"hello\"");
        String secret = WebhookSignature.newSecret();
        Answer replaced = api.put("/hooks/rotated", "{\"job\":\"hello\",\"secret\":\"" + secret + "\"}");
        assertThat(replaced.status()).isEqualTo(200);
        assertThat(api.put("/hooks/rotated", "{\"job\":\"hello\"}").status()).isEqualTo(200);
        assertThat(post("rotated", old, "msg_1", "{}").status()).isEqualTo(202);
        assertThat(post("rotated", secret, "msg_2", "{}").status()).isEqualTo(202);
        assertThat(replaced.body()
                        + api.get("/hooks").body()
                        + api.get("/hooks/rotated").body())
                .doesNotContain("whsec_");
        assertThat(api.send("DELETE", "/hooks/rotated", new byte[0]).status()).isEqualTo(204);
        assertThat(post("rotated", secret, "msg_3", "{}").status()).isEqualTo(404);
        assertThat(api.get("/hooks/rotated").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "400 | {} | A hook needs either job or event.",
                "400 | {\"job\":\"hello\",\"event\":{}} | A hook needs either job or event.",
                "400 | {\"job\":1} | job must be a text.",
                "422 | {\"job\":\"none\"} | There is no job type of this name. GET /jobs/types lists them.",
                "422 | {\"job\":\"bulk\"} | There is no job type of this name. GET /jobs/types lists them.",
                "400 | {\"event\":{\"key\":\"\"}} | event.key must be 1 to 100 of A-Z a-z 0-9 . _ : -",
                "400 | {\"event\":{},\"scheme\":\"md5\"} | scheme must be standard or github.",
                "400 | {\"event\":{},\"secret\":\"0123456789abcdef\"}"
                        + " | secret must be whsec_ and the base64 of 24 to 64 bytes.",
                "400 | {\"event\":{},\"scheme\":\"github\",\"secret\":\"short\"}"
                        + " | secret must be 16 to 256 printable ASCII characters without a space.",
            })
    void whatIsWrongIsSaid(int status, String body, String detail) {
        Answer answer = api.put("/hooks/wrong", body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.field("detail")).isEqualTo(detail);
        assertThat(api.get("/hooks/wrong").status()).isEqualTo(404);
    }
}
