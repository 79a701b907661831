package dev.caravan.security;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import dev.caravan.fixture.Api;
import dev.caravan.fixture.InProcessNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.StringRedisTemplate;

/** What one user has does not take away what another one has. Two nodes share a broker and a Redis; each test has its own users. */
@Timeout(120)
class FairnessTest {
    private static final String[] LIMITS = {
        "--caravan.jobs.default-duration=20s",
        "--camel.main.shutdown-timeout=1",
        "--camel.component.spring-rabbitmq.shutdown-timeout=1000",
        "--caravan.jobs.max-queued-per-user=3",
        "--caravan.jobs.max-payload=20KB",
        "--caravan.jobs.max-stored-per-user=50KB",
        "--caravan.http.max-streams-per-user=2",
        "--caravan.http.stream-heartbeat=200ms"
    };

    private static InProcessNode one;
    private static InProcessNode other;

    @BeforeAll
    static void start() throws IOException {
        one = SecureNode.withUsers(LIMITS);
        other = SecureNode.withUsers(java.util.stream.Stream.concat(one.joining(), java.util.stream.Stream.of(LIMITS))
                .toArray(String[]::new));
    }

    @AfterAll
    static void stop() {
        other.close();
        one.close();
    }

    @Test
    void aKeyBelongsToTheUserWhoSentIt() {
        Api.Answer first = post(one, "key-ann", "/jobs/hello", "{\"a\":1}", "Idempotency-Key", "order-7");
        Api.Answer rival = post(one, "key-bob", "/jobs/hello", "{\"b\":2}", "Idempotency-Key", "order-7");
        Api.Answer again = post(other, "key-ann", "/jobs/hello", "{\"a\":1}", "Idempotency-Key", "order-7");
        Api.Answer changed = post(other, "key-ann", "/jobs/hello", "{\"a\":3}", "Idempotency-Key", "order-7");

        assertThat(first.status()).isEqualTo(202);
        assertThat(rival.status()).isEqualTo(202);
        assertThat(id(rival)).isNotEqualTo(id(first));
        assertThat(again.status()).isEqualTo(202);
        assertThat(id(again)).isEqualTo(id(first));
        assertThat(changed.status()).isEqualTo(422);
    }

    @Test
    void whoHasTooManyJobsThatHaveNotEndedIsToldSoOnEveryNodeUntilSomeHave() {
        for (int i = 0; i < 3; i++) {
            assertThat(post(i == 1 ? other : one, "busy", "/jobs", "{}").status())
                    .isEqualTo(202);
        }

        Api.Answer refused = post(one, "busy", "/jobs", "{}", "Idempotency-Key", "refused");

        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.header("Retry-After")).isNotNull();
        assertThat(refused.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(refused.json().get("used").getAsInt()).isEqualTo(3);
        assertThat(refused.json().get("limit").getAsInt()).isEqualTo(3);
        assertThat(post(other, "busy", "/jobs", "{}").status()).isEqualTo(429);
        assertThat(post(one, "idle", "/jobs/hello", "{}").status()).isEqualTo(202);
        await().atMost(60, SECONDS)
                .until(() -> post(one, "busy", "/jobs/hello", "{}").status() == 202);
    }

    @Test
    void whoHasTooManyJobsThatHaveNotEndedReplaysNone() {
        String failed = id(post(one, "again", "/jobs/totals", "{\"csv\":\"a,b\\nx,y\\n\",\"by\":\"a\",\"sum\":\"b\"}"));
        await().atMost(60, SECONDS).until(() -> state("again", failed).equals("FAILED"));
        for (int i = 0; i < 3; i++) {
            assertThat(post(one, "again", "/jobs", "{}").status()).isEqualTo(202);
        }

        Api.Answer refused = post(one, "again", "/jobs/" + failed + "/replay", "");
        assertThat(refused.status()).as(refused.body()).isEqualTo(429);
        assertThat(refused.header("Retry-After")).isNotNull();
        assertThat(state("again", failed)).isEqualTo("FAILED");
    }

    @Test
    void whatIsRefusedLeavesNothingInRedis() {
        for (int i = 0; i < 3; i++) {
            assertThat(post(one, "full", "/jobs", "{}").status()).isEqualTo(202);
        }
        int before = hashes();
        for (int i = 0; i < 20; i++) {
            Api.Answer refused = post(one, "full", "/jobs", "{}", "Idempotency-Key", "k" + i);
            assertThat(refused.status()).isEqualTo(429);
        }

        assertThat(hashes()).isEqualTo(before);
    }

    @Test
    void whoHasStoredAsMuchAsOneUserMayIsToldSoOnEveryNode() {
        String large = "\"" + "€".repeat(6_000) + "\""; // 18,002 bytes
        assertThat(post(one, "large", "/jobs/hello?wait=10s", large).status()).isEqualTo(200);
        assertThat(post(other, "large", "/jobs/hello?wait=10s", large).status()).isEqualTo(200);

        for (InProcessNode node : List.of(one, other)) {
            Api.Answer refused = post(node, "large", "/jobs/hello", large);
            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.header("Retry-After")).isNotNull();
            assertThat(refused.json().get("used").getAsInt()).isBetween(36_000, 50 * 1024);
            assertThat(refused.json().get("limit").getAsInt()).isEqualTo(50 * 1024);
        }
        assertThat(post(one, "large", "/jobs/hello", "{}").status()).isEqualTo(202); // there is room for less
        assertThat(post(one, "small", "/jobs/hello", large).status()).isEqualTo(202);
    }

    @Test
    void aUserHasAFewStreamsAndOthersHaveTheirs() throws Exception {
        String job = id(post(one, "streamer", "/jobs", "{}"));
        InputStream first = follow("streamer", job).body();
        InputStream second = follow("streamer", job).body();

        HttpResponse<InputStream> third = follow("streamer", job);
        assertThat(third.statusCode()).isEqualTo(429);
        assertThat(third.headers().firstValue("Retry-After")).isPresent();
        assertThat(new String(third.body().readAllBytes(), StandardCharsets.UTF_8))
                .contains("\"used\":2", "\"limit\":2");
        HttpResponse<InputStream> neighbour = follow("neighbour", job);
        assertThat(neighbour.statusCode()).isEqualTo(200);
        neighbour.body().close();
        first.close();
        await().atMost(30, SECONDS).until(() -> {
            HttpResponse<InputStream> next = follow("streamer", job);
            next.body().close();
            return next.statusCode() == 200;
        });
        second.close();
    }

    @Test
    void aRedisThatIsFullAcceptsNothingAndEveryRequestIsAnswered() {
        assertThat(post(one, "before", "/jobs/hello?wait=10s", "{}").status()).isEqualTo(200);
        configure(one, "maxmemory", "1");
        try {
            Api.Answer refused = post(one, "before", "/jobs/hello", "{}");
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.header("Retry-After")).isNotNull();
        } finally {
            configure(one, "maxmemory", "0");
        }
        assertThat(post(one, "before", "/jobs/hello?wait=30s", "{}").status()).isEqualTo(200);
    }

    private static Api.Answer post(InProcessNode node, String user, String path, String json, String... headers) {
        String[] all = java.util.Arrays.copyOf(headers, headers.length + 2);
        all[headers.length] = "Authorization";
        all[headers.length + 1] = bearer(user);
        return node.api().post(path, json, all);
    }

    private static HttpResponse<InputStream> follow(String user, String job) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(one.http().resolve("/jobs/" + job + "/events"))
                .header("Authorization", bearer(user))
                .build();
        return HttpClient.newHttpClient().send(request, BodyHandlers.ofInputStream());
    }

    private static String bearer(String user) {
        return "Bearer " + SecureNode.token(user, List.of("user"), 120);
    }

    private static String id(Api.Answer accepted) {
        JsonObject json = accepted.json();
        return json.get("jobId").getAsString();
    }

    private static String state(String user, String id) {
        return one.api()
                .get("/jobs/" + id, "Authorization", bearer(user))
                .json()
                .get("state")
                .getAsString();
    }

    private static int hashes() {
        return one.bean(StringRedisTemplate.class).keys("Job:*").size();
    }

    private static void configure(InProcessNode node, String name, String value) {
        node.bean(StringRedisTemplate.class).execute((RedisCallback<Void>) connection -> {
            connection.serverCommands().setConfig(name, value);
            return null;
        });
    }
}
