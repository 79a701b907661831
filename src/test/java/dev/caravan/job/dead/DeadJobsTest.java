package dev.caravan.job.dead;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.caravan.fixture.Api;
import dev.caravan.fixture.InProcessNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.data.redis.core.StringRedisTemplate;

/** Jobs that fail for good, as the node shows them. */
@Timeout(120)
class DeadJobsTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String ORDERS =
            """
            - route:
                id: job-orders
                from:
                  uri: direct:job-orders
                  steps:
                    - setVariable:
                        name: order
                        jq: .order
                    - filter:
                        id: expensive
                        jq: (.amount | type) == "number" and .amount > 100
                        steps:
                          - throwException:
                              exceptionType: java.lang.IllegalArgumentException
                              message: order ${variable.order} costs too much
                    - setBody:
                        jq:
                          expression: .amount | tonumber
            """;

    private static InProcessNode node;
    private static Api api;

    @BeforeAll
    static void start() {
        node = InProcessNode.startWith(List.of("jobs/default"), "--caravan.jobs.retention=1h");
        node.save("jobs/orders", ORDERS);
        api = node.api().as("guest", "guest");
        await().atMost(SOON).until(() -> api.get("/jobs/types").body().contains("\"orders\""));
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void jobsThatFailedAlikeAreInOneGroup() {
        List<String> dear = IntStream.range(0, 5)
                .mapToObj(i -> failed("{\"order\":" + (700 + i) + ",\"amount\":" + (200 + i) + "}"))
                .toList();
        String other = failed("{\"order\":9,\"amount\":\"none\"}");

        JsonObject group = group(dear.get(4));

        assertThat(group.get("type").getAsString()).isEqualTo("orders");
        assertThat(group.get("jobs").getAsInt()).isEqualTo(5);
        JsonObject error = group.getAsJsonObject("error");
        assertThat(error.get("type").getAsString()).isEqualTo("IllegalArgumentException");
        assertThat(error.get("message").getAsString()).isEqualTo("order 704 costs too much");
        assertThat(error.get("step").getAsString()).isEqualTo("throwException");
        assertThat(error.get("place").getAsString()).isEqualTo("jobs/orders.camel.yaml:13");
        assertThat(sum(group.getAsJsonArray("perHour"))).isEqualTo(5);
        assertThat(Instant.parse(group.get("first").getAsString()))
                .isBeforeOrEqualTo(Instant.parse(group.get("last").getAsString()));

        String id = group.get("group").getAsString();
        assertThat(ids(api.get("/jobs?group=" + id).json().getAsJsonArray("jobs"), "id"))
                .containsExactlyInAnyOrderElementsOf(dear);
        assertThat(api.post("/jobs/bulk?dry=true", "{\"act\":\"replay\",\"group\":\"" + id + "\"}")
                        .body())
                .isEqualTo("{\"jobs\":5,\"atLeast\":false}");
        assertThat(api.post("/jobs/bulk?dry=true", "{\"act\":\"cancel\",\"group\":\"" + id + "\"}")
                        .status())
                .isEqualTo(400);
        assertThat(group(other).get("group").getAsString()).isNotEqualTo(id);
        assertThat(api.get("/jobs?group=12").status()).isEqualTo(400);
    }

    @Test
    void anAttemptSaysWhereItFailedAndOnWhatRevision() {
        String id = failed("{\"order\":1,\"amount\":\"ten\"}");

        JsonObject job = api.job(id).json();
        JsonObject error = job.getAsJsonObject("error");
        assertThat(error.get("place").getAsString()).isEqualTo("jobs/orders.camel.yaml:16");
        assertThat(error.get("step").getAsString()).isEqualTo("setBody[jq{.amount | tonumber}]");
        assertThat(error.get("stack").getAsString())
                .startsWith("java.lang.NumberFormatException: For input string")
                .contains("\n  at ");
        JsonObject attempt = job.getAsJsonArray("attempts").get(0).getAsJsonObject();
        assertThat(attempt.getAsJsonObject("error")).isEqualTo(error);
        assertThat(attempt.get("routeRevision").getAsString())
                .isEqualTo(job.get("routeRevision").getAsString());
    }

    @Test
    void deadJobsHaveARetentionOfTheirOwn() {
        String id = failed("{\"order\":1,\"amount\":\"ten\"}");
        String fine =
                api.post("/jobs/orders?wait=20s", "{\"order\":1,\"amount\":1}").field("id");

        assertThat(ttl(id)).isBetween(Duration.ofDays(6), Duration.ofDays(7));
        assertThat(ttl(fine)).isBetween(Duration.ofMinutes(50), Duration.ofHours(1));
    }

    private static Duration ttl(String id) {
        return Duration.ofSeconds(node.bean(StringRedisTemplate.class).getExpire("Job:" + id));
    }

    private static String failed(String payload) {
        String id = api.post("/jobs/orders", payload).field("jobId");
        api.awaitState(id, "FAILED", SOON);
        return id;
    }

    /** The group whose latest job this is. */
    private static JsonObject group(String latest) {
        return await().atMost(SOON)
                .until(
                        () -> StreamSupport.stream(
                                        api.get("/jobs/dead")
                                                .json()
                                                .getAsJsonArray("groups")
                                                .spliterator(),
                                        false)
                                .map(JsonElement::getAsJsonObject)
                                .filter(group ->
                                        group.get("latest").getAsString().equals(latest))
                                .findFirst(),
                        Optional::isPresent)
                .orElseThrow();
    }

    private static List<String> ids(JsonArray jobs, String field) {
        return StreamSupport.stream(jobs.spliterator(), false)
                .map(job -> job.getAsJsonObject().get(field).getAsString())
                .toList();
    }

    private static int sum(JsonArray numbers) {
        return StreamSupport.stream(numbers.spliterator(), false)
                .mapToInt(JsonElement::getAsInt)
                .sum();
    }
}
