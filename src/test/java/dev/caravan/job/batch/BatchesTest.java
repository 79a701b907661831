package dev.caravan.job.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.caravan.fixture.Api;
import dev.caravan.fixture.Api.Answer;
import dev.caravan.fixture.InProcessNode;
import dev.caravan.fixture.TestJobs;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Batches over REST, on a node. */
@Timeout(120)
class BatchesTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String CALLBACK = "{\"callback\":{\"type\":\"hello\",\"payload\":{\"name\":\"batch\"}}}";

    private static InProcessNode node;
    private static Api api;
    private static Api operator;
    private static Api other;

    @BeforeAll
    static void start() {
        node = InProcessNode.start(
                TestJobs.argument(),
                "--caravan.jobs.attempts=1",
                "--caravan.users[0].name=ada",
                "--caravan.users[0].password={noop}secret",
                "--caravan.users[1].name=olga",
                "--caravan.users[1].password={noop}secret",
                "--caravan.users[1].roles=operator",
                "--caravan.users[2].name=bob",
                "--caravan.users[2].password={noop}secret");
        api = node.api().as("ada", "secret");
        operator = node.api().as("olga", "secret");
        other = node.api().as("bob", "secret");
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void theCallbackJobRunsWhenAllJobsHaveEnded() {
        Answer created = api.post("/batches", CALLBACK);
        assertThat(created.status()).as(created.body()).isEqualTo(201);
        assertThat(created.field("state")).isEqualTo("OPEN");
        String id = created.field("id");
        assertThat(created.header("Location")).isEqualTo("/batches/" + id);

        String member = api.post("/jobs/hello?batch=" + id, "").field("jobId");
        api.post("/jobs/invalid?batch=" + id, "");
        String lines = IntStream.range(0, 20)
                .mapToObj(i -> "{\"type\":\"hello\",\"batch\":\"" + id + "\"}\n")
                .collect(Collectors.joining());
        Answer bulk = api.send(
                "POST", "/jobs/batch", lines.getBytes(StandardCharsets.UTF_8), "Content-Type", "application/x-ndjson");
        assertThat(bulk.body().lines().filter(line -> line.contains("202"))).hasSize(20);
        assertThat(api.job(member).field("batch")).isEqualTo(id);
        assertThat(api.get("/jobs?limit=200&batch=" + id).json().getAsJsonArray("jobs"))
                .hasSize(22);

        Answer closed = api.post("/batches/" + id + "/close", "");
        assertThat(closed.status()).as(closed.body()).isEqualTo(200);
        Answer late = api.post("/jobs/hello?batch=" + id, "");
        assertThat(late.status()).isEqualTo(409);
        assertThat(late.field("detail")).contains("closed");

        Answer ended = awaitEnd(id);
        assertThat(ended.field("members")).isEqualTo("22");
        assertThat(ended.field("open")).isEqualTo("0");
        assertThat(ended.field("finished")).isEqualTo("21");
        assertThat(ended.field("failed")).isEqualTo("1");
        Answer callback =
                api.job(ended.json().getAsJsonObject("callback").get("jobId").getAsString());
        assertThat(callback.field("state")).isEqualTo("FINISHED");
        JsonObject payload = callback.json().getAsJsonObject("payload");
        assertThat(payload.get("name").getAsString()).isEqualTo("batch");
        assertThat(payload.getAsJsonObject("batch").get("finished").getAsInt()).isEqualTo(21);
        assertThat(api.post("/batches/" + id + "/cancel", "").status()).isEqualTo(409);
        assertThat(api.post("/batches/" + id + "/close", "").field("state")).isEqualTo("ENDED");
    }

    @Test
    void aBatchInABatchEndsBeforeIt() {
        String parent = create(CALLBACK);
        String child = create("{\"parent\":\"" + parent + "\",\"callback\":{\"type\":\"hello\"}}");
        api.post("/jobs/hello?batch=" + child, "");
        api.post("/batches/" + parent + "/close", "");
        api.post("/batches/" + child + "/close", "");

        Answer ended = awaitEnd(parent);
        assertThat(ended.field("nested")).isEqualTo("1");
        assertThat(ended.field("nestedOpen")).isEqualTo("0");
        assertThat(ended.field("nestedFailed")).isEqualTo("0");
        assertThat(api.get("/batches?parent=" + parent).json().getAsJsonArray("batches"))
                .singleElement()
                .satisfies(each -> assertThat(each.getAsJsonObject().get("id").getAsString())
                        .isEqualTo(child));
        Answer callback =
                api.job(ended.json().getAsJsonObject("callback").get("jobId").getAsString());
        Answer first = api.job(JsonParser.parseString(awaitEnd(child).body())
                .getAsJsonObject()
                .getAsJsonObject("callback")
                .get("jobId")
                .getAsString());
        assertThat(Instant.parse(callback.field("createdAt"))).isAfterOrEqualTo(first.field("finishedAt"));
    }

    @Test
    void cancellingABatchCancelsItsJobsAndCallsBack() {
        String id = create(CALLBACK);
        String waits = api.post("/jobs/hello?delay=1h&batch=" + id, "").field("jobId");

        assertThat(other.post("/batches/" + id + "/cancel", "").status()).isEqualTo(403);
        assertThat(operator.post("/batches/" + id + "/cancel", "").status()).isEqualTo(202);

        Answer ended = awaitEnd(id);
        assertThat(ended.field("cancelledBy")).isEqualTo("olga");
        assertThat(ended.field("cancelled")).isEqualTo("1");
        assertThat(api.job(waits).field("cancelledBy")).isEqualTo("olga");
    }

    @Test
    void whoseBatchItIsAddsToItAndClosesIt() {
        String id = create("{}");
        assertThat(other.post("/jobs/hello?batch=" + id, "").status()).isEqualTo(403);
        assertThat(other.post("/batches/" + id + "/close", "").status()).isEqualTo(403);
        assertThat(other.post("/batches", "{\"parent\":\"" + id + "\"}").status())
                .isEqualTo(403);
        assertThat(other.get("/batches/" + id).field("user")).isEqualTo("ada");
        assertThat(operator.post("/batches/" + id + "/close", "").status()).isEqualTo(200);
        await().atMost(SOON)
                .until(() -> api.get("/batches/" + id).field("state").equals("ENDED"));
        assertThat(api.get("/batches?state=ended&limit=200").body()).contains(id);
        assertThat(operator.metric("caravan.jobs.batches?tag=change:closed").orElse(0))
                .isPositive();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            {"callback":{"type":"none"}}                          | 422 | There is no job type
            {"callback":{"type":"bulk"}}                          | 422 | There is no job type
            {"callback":{}}                                       | 400 | callback must be an object with type
            {"callback":{"type":"hello","payload":[1]}}           | 400 | must be an object without batch
            {"callback":{"type":"hello","payload":{"batch":1}}}   | 400 | must be an object without batch
            {"callback":{"type":"hello","uniqueKey":"k"}}         | 400 | A callback has type, payload
            {"callback":{"type":"hello","timeout":"never"}}       | 400 | timeout must be a duration
            {"callback":{"type":"hello","timeout":5}}             | 400 | timeout must be a text
            {"colour":"red"}                                      | 400 | A batch has description
            {"description":7}                                     | 400 | description must be a text
            {"parent":"none"}                                     | 404 | There is no such batch
            {"parent":"a b"}                                      | 400 | parent must be the id
            [1]                                                   | 400 | A batch is a JSON object
            {                                                     | 400 |
            """)
    void whatIsWrongWithABatchIsSaid(String body, int status, String detail) {
        Answer answer = api.post("/batches", body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.field("detail")).contains(detail == null ? "" : detail);
    }

    @ParameterizedTest
    @CsvSource({
        "/batches/none, 404",
        "/batches?state=gone, 400",
        "/batches?limit=0, 400",
        "/batches?after=x, 400",
        "/batches?parent=a%20b, 400",
        "/jobs?batch=a%20b, 400",
        "/batches?parent=none, 200",
        "/jobs?batch=none, 200"
    })
    void whatIsAskedForWronglyIsSaid(String path, int status) {
        assertThat(api.get(path).status()).isEqualTo(status);
    }

    @Test
    void aJobOfNoBatchThatThereIsIsRejected() {
        assertThat(api.post("/jobs/hello?batch=none", "").status()).isEqualTo(404);
        assertThat(api.post("/jobs/hello?batch=a%20b", "").status()).isEqualTo(400);
        assertThat(api.post("/batches/none/close", "").status()).isEqualTo(404);
    }

    private static String create(String body) {
        Answer created = api.post("/batches", body);
        assertThat(created.status()).as(created.body()).isEqualTo(201);
        return created.field("id");
    }

    private static Answer awaitEnd(String id) {
        return await().atMost(SOON)
                .until(() -> api.get("/batches/" + id), answer -> "ENDED".equals(answer.field("state")));
    }
}
