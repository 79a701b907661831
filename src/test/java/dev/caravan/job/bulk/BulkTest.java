package dev.caravan.job.bulk;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.caravan.fixture.Api;
import dev.caravan.fixture.Api.Answer;
import dev.caravan.fixture.InProcessNode;
import dev.caravan.fixture.TestJobs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.camel.CamelContext;
import org.apache.camel.ProducerTemplate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Replaying, discarding and bulk acts over REST, on a node. */
@Timeout(120)
class BulkTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    private static InProcessNode node;
    private static Api api;

    @BeforeAll
    static void start() {
        node = InProcessNode.start(TestJobs.argument(), "--caravan.jobs.attempts=1");
        api = node.api().as("guest", "guest");
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void aFailedJobIsRunAgainWithAnotherPayload() {
        String id = api.post("/jobs/sleeps?wait=20s", "{\"millis\":\"no\"}").field("id");
        assertThat(api.job(id).field("state")).isEqualTo("FAILED");

        assertThat(api.post("/jobs/" + id + "/replay", "{\"millis\":").status()).isEqualTo(400);
        Answer replayed = api.post("/jobs/" + id + "/replay", "{\"millis\":1}");

        assertThat(replayed.status()).as(replayed.body()).isEqualTo(200);
        assertThat(replayed.field("state")).isEqualTo("QUEUED");
        Answer job = api.awaitState(id, "FINISHED", SOON);
        assertThat(job.field("attempt")).isEqualTo("2");
        assertThat(job.field("failures")).isEqualTo("0");
        assertThat(job.field("replayedBy")).isEqualTo("guest");
        JsonObject first = job.json().getAsJsonArray("attempts").get(0).getAsJsonObject();
        assertThat(first.get("state").getAsString()).isEqualTo("FAILED");
        assertThat(first.has("error")).isTrue();
        assertThat(job.json().get("payload").toString()).isEqualTo("{\"millis\":1}");
        assertThat(api.post("/jobs/" + id + "/replay", "").status()).isEqualTo(409);
        assertThat(api.post("/jobs/none/replay", "").status()).isEqualTo(404);
    }

    @Test
    void aDiscardedJobIsFoundByNobody() {
        String id = failed("invalid", 1).get(0);
        Answer gone = api.post("/jobs/" + id + "/discard", "");
        // The copy on the dead queue is there a moment after the job has failed.
        while (gone.status() == 409) {
            gone = api.post("/jobs/" + id + "/discard", "");
        }
        assertThat(gone.status()).isEqualTo(204);
        assertThat(api.job(id).status()).isEqualTo(404);
        assertThat(api.get("/jobs?id=" + id).body()).isEqualTo("{\"jobs\":[]}");
        assertThat(api.get("/jobs?type=invalid").body()).isEqualTo("{\"jobs\":[]}");
        assertThat(api.post("/jobs/" + id + "/replay", "").status()).isEqualTo(404);
        String waits = api.post("/jobs/hello?delay=1h", "").field("jobId");
        assertThat(api.post("/jobs/" + waits + "/discard", "").status()).isEqualTo(409);
    }

    @Test
    void aBulkReplayStopsWhenTheSameErrorComesBack() {
        List<String> ids = failed("fails", 30);
        assertThat(dry("{\"act\":\"replay\",\"type\":\"fails\",\"error\":\"IllegalStateException\"}"))
                .isEqualTo("{\"jobs\":30,\"atLeast\":false}");

        JsonObject result = act("{\"act\":\"replay\",\"type\":\"fails\",\"error\":\"IllegalStateException\"}");

        assertThat(result.get("stopped").getAsString())
                .isEqualTo("10 of 10 replayed jobs that have ended failed again with the same error");
        assertThat(result.get("done").getAsInt()).isEqualTo(10);
        assertThat(ids.stream().filter(id -> api.job(id).field("attempt").equals("2")))
                .hasSize(10);
    }

    @Test
    void aBulkReplayRunsAllAgainAndADiscardForgetsThem() {
        List<String> ids = failed("flaky", 12);
        for (String id : ids) {
            api.post("/jobs/" + id + "/replay", "");
        }
        ids.forEach(id -> {
            api.awaitState(id, "FAILED", SOON);
            assertThat(api.job(id).field("attempt")).isEqualTo("2");
        });

        JsonObject result = act("{\"act\":\"replay\",\"type\":\"flaky\",\"rate\":100}");

        assertThat(result.toString()).isEqualTo("{\"act\":\"replay\",\"done\":12,\"skipped\":0}");
        ids.forEach(id -> api.awaitState(id, "FINISHED", SOON));
        assertThat(dry("{\"act\":\"discard\",\"type\":\"flaky\"}")).isEqualTo("{\"jobs\":12,\"atLeast\":false}");
        assertThat(act("{\"act\":\"discard\",\"type\":\"flaky\"}").get("done").getAsInt())
                .isEqualTo(12);
        assertThat(api.get("/jobs?type=flaky").body()).isEqualTo("{\"jobs\":[]}");
        assertThat(api.get("/jobs/counts?type=flaky")
                        .json()
                        .getAsJsonObject("states")
                        .get("FINISHED")
                        .getAsInt())
                .isZero();
    }

    @Test
    void aBulkCancellationEndsWhatWaitsAndNotItself() {
        List<String> ids = api.post(
                        "/jobs/batch",
                        "{\"type\":\"default\",\"delay\":\"1h\"}\n".repeat(2000),
                        "Content-Type",
                        "application/x-ndjson")
                .body()
                .lines()
                .map(line ->
                        JsonParser.parseString(line).getAsJsonObject().get("id").getAsString())
                .toList();
        JsonObject result = act("{\"act\":\"cancel\",\"type\":\"default\"}");

        assertThat(result.get("done").getAsInt()).isEqualTo(2000);
        assertThat(api.job(ids.get(17)).field("state")).isEqualTo("CANCELLED");
        assertThat(api.job(ids.get(17)).field("cancelledBy")).isEqualTo("guest");
        assertThat(api.get("/jobs?type=default&state=SCHEDULED").body()).isEqualTo("{\"jobs\":[]}");
    }

    @Test
    void aBulkCancellationDoesNotWaitBehindTheJobsThatItEnds() {
        String line = "{\"type\":\"sleeps\",\"payload\":{\"millis\":5000}}\n";
        api.post("/jobs/batch", line.repeat(1000), "Content-Type", "application/x-ndjson");

        JsonObject result = act("{\"act\":\"cancel\",\"type\":\"sleeps\"}");

        assertThat(result.get("done").getAsInt()).isGreaterThan(500);
        assertThat(api.get("/jobs?type=sleeps&state=QUEUED").body()).isEqualTo("{\"jobs\":[]}");
    }

    /** Anybody who may publish to the worker queue could send one. */
    @Test
    void aMessageThatNamesABulkActDoesNothing() throws Exception {
        String waits = api.post("/jobs/default?delay=1h", "").field("jobId");
        try (ProducerTemplate producer = node.bean(CamelContext.class).createProducerTemplate()) {
            producer.sendBody(
                    "confirmed:default?routingKey={{caravan.jobs.queue}}",
                    "{\"jobId\":\"forged\",\"type\":\"bulk\",\"payload\":{\"act\":\"cancel\",\"by\":\"guest\"}}");
        }
        Answer forged = api.awaitState("forged", "FAILED", SOON);
        assertThat(forged.body()).contains("No operator has asked for this bulk act");
        assertThat(api.job(waits).field("state")).isEqualTo("SCHEDULED");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|act must be",
                "[]|A bulk act is a JSON object",
                "{\"act\":\"replay\",\"typ\":\"hello\"}|nothing else",
                "{\"act\":\"replay\",\"state\":\"QUEUED\"}|state must be one of [FAILED] to replay",
                "{\"act\":\"discard\",\"state\":\"RUNNING\"}|to discard a job",
                "{\"act\":\"cancel\",\"rate\":-1}|rate must be 0 to",
                "{\"act\":\"cancel\",\"id\":\"a\"}|id must be",
                "{\"act\":\"cancel\",\"type\":{}}|type must be text"
            })
    void saysWhatIsWrong(String body, String why) {
        Answer answer = api.post("/jobs/bulk?dry=true", body);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.field("detail")).contains(why);
    }

    @Test
    void nobodySubmitsABulkActAsAnyOtherJob() {
        Answer line =
                api.post("/jobs/batch", "{\"type\":\"bulk\",\"payload\":{}}\n", "Content-Type", "application/x-ndjson");
        assertThat(line.body()).contains("\"status\":404");
        assertThat(api.get("/jobs/types").body()).doesNotContain("\"bulk\"");
    }

    private static List<String> failed(String type, int many) {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            ids.add(api.post("/jobs/" + type, "").field("jobId"));
        }
        ids.forEach(id -> api.awaitState(id, "FAILED", SOON));
        return ids;
    }

    private static String dry(String act) {
        return api.post("/jobs/bulk?dry=true", act).body();
    }

    /** The result of a bulk act that has ended. */
    private static JsonObject act(String act) {
        Answer accepted = api.post("/jobs/bulk", act);
        assertThat(accepted.status()).as(accepted.body()).isEqualTo(202);
        Answer ended = api.awaitState(accepted.field("jobId"), "FINISHED", SOON);
        return JsonParser.parseString(ended.field("result")).getAsJsonObject();
    }
}
