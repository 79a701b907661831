package dev.caravan.job.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.caravan.http.JsonBody;
import dev.caravan.job.Job;
import dev.caravan.job.JobMessages;
import dev.caravan.job.JobPriority;
import dev.caravan.job.JobState;
import dev.caravan.job.JobType;
import dev.caravan.job.Limits;
import dev.caravan.job.RetryPolicy;
import dev.caravan.job.Settings;
import dev.caravan.job.TypeLimits;
import dev.caravan.job.limit.PausedTypes.Pause;
import dev.caravan.job.store.JobList;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class JobJsonTest {

    @ParameterizedTest
    @ValueSource(strings = {"\ufeff{}", "[\"\\ud800\"]", "-0", "\"\u007f\u2028\"", "1e999999", "{\"\":{\"\":\"\"}}"})
    void whatIsLetInIsAMessageThatAWorkerReads(String text) {
        String payload = JsonBody.read(text.getBytes(UTF_8));
        JobMessages messages = new JobMessages(Settings.defaults());

        Job read = messages.read(messages.write(Job.create("job-1", "hello", payload, "token")), "token");

        assertThat(JsonParser.parseString(read.payload())).isEqualTo(JsonParser.parseString(payload));
    }

    @ParameterizedTest
    @EnumSource(
            value = JobState.class,
            names = {"NEW"},
            mode = EnumSource.Mode.EXCLUDE)
    void everyStateIsShownWithItsNumberAndMessage(JobState state) {
        JsonObject job = shown(hash(state));

        assertThat(job.get("id").getAsString()).isEqualTo("job-1");
        assertThat(job.get("type").getAsString()).isEqualTo("hello");
        assertThat(job.get("state").getAsString()).isEqualTo(state.name());
        assertThat(job.get("status").getAsInt()).isEqualTo(state.status());
        assertThat(job.get("message").getAsString()).isEqualTo(state.message());
        assertThat(job.get("attempt").getAsInt()).isEqualTo(2);
        assertThat(job.get("failures").getAsInt()).isEqualTo(1);
        assertThat(job.get("interruptions").getAsInt()).isZero();
        assertThat(job.get("createdAt").getAsString()).isEqualTo("2026-01-02T03:04:05.678Z");
        assertThat(job.getAsJsonObject("payload").get("a").getAsInt()).isEqualTo(1);
        assertThat(job.has("nextAttemptAt")).isEqualTo(state == JobState.RETRYING);
        assertThat(job.has("error")).isEqualTo(state != JobState.FINISHED);
        assertThat(job.keySet()).doesNotContain("token", "until", "fingerprint", "keep", "buried", "errorType");
    }

    @Test
    void aRetryIsShownWithItsTimeAndTheErrorBeforeIt() {
        JsonObject job = shown(hash(JobState.RETRYING));

        assertThat(job.get("nextAttemptAt").getAsString()).isEqualTo("2026-01-02T03:04:09.678Z");
        assertThat(job.getAsJsonObject("error").toString())
                .isEqualTo("{\"type\":\"IOException\",\"message\":\"a \\\"b\\\"\"}");
    }

    @Test
    void aPriorityIsShownUnlessItIsNormal() {
        Map<String, String> hash = hash(JobState.QUEUED);
        assertThat(shown(hash).has("priority")).isFalse();
        hash.put("priority", "low");
        assertThat(shown(hash).get("priority").getAsString()).isEqualTo("low");
        hash.put("priority", "7");
        assertThat(shown(hash).has("priority")).isFalse();
    }

    @Test
    void aHashThatKnowsOnlyTheWireIsShown() {
        Map<String, String> hash = Map.of("id", "job-1", "status", "1", "message", "Job being processed", "result", "");

        assertThat(JobJson.job(hash))
                .isEqualTo("{\"id\":\"job-1\",\"type\":\"default\",\"state\":\"RUNNING\",\"status\":1,"
                        + "\"message\":\"Job being processed\",\"result\":\"\","
                        + "\"attempt\":0,\"failures\":0,\"interruptions\":0,\"attempts\":[]}");
    }

    @Test
    void aHashWithNumbersThatAreNoneIsShownAllTheSame() {
        Map<String, String> hash = Map.of("id", "job-1", "status", "one", "createdAt", "today", "attempt", "");

        JsonObject job = shown(hash);

        assertThat(job.get("status").getAsInt()).isZero();
        assertThat(job.get("attempt").getAsInt()).isZero();
        assertThat(job.has("createdAt")).isFalse();
    }

    @Test
    void aResultIsTextWhateverIsInIt() {
        Map<String, String> hash = hash(JobState.FINISHED);
        hash.put("result", "{\"x\":\"\u2028 </script>\"}");

        assertThat(shown(hash).get("result").getAsString()).isEqualTo("{\"x\":\"\u2028 </script>\"}");
    }

    @Test
    void aPageNamesTheNextOneUnlessItIsTheLast() {
        JobList.Cursor next = new JobList.Cursor(1234, "a-b");

        assertThat(JobJson.page(new JobList.Page(List.of(), null))).isEqualTo("{\"jobs\":[]}");
        JsonObject page = JsonParser.parseString(
                        JobJson.page(new JobList.Page(List.of(hash(JobState.QUEUED), hash(JobState.FINISHED)), next)))
                .getAsJsonObject();
        assertThat(page.getAsJsonArray("jobs")).hasSize(2);
        assertThat(page.get("next").getAsString()).isEqualTo("1234-a-b");
    }

    @Test
    void typesAreListedWithTheirDescriptionsAndExamples() {
        assertThat(JobJson.types(Map.of("hello", type("Says \"hello\"", null)), Map.of()))
                .isEqualTo("{\"types\":[{\"type\":\"hello\",\"description\":\"Says \\\"hello\\\"\"}]}");
        assertThat(JobJson.types(Map.of("steps", type("", "{\"steps\": 2}")), Map.of()))
                .isEqualTo("{\"types\":[{\"type\":\"steps\",\"description\":\"\",\"example\":{\"steps\": 2}}]}");
    }

    @Test
    void ofATypeThatIsShownWhichItsFileSets() {
        JobType type = new JobType(
                "",
                null,
                null,
                new RetryPolicy(5, Duration.ofSeconds(90), 1.5, null, 0.0, Set.of("java.io.IOException")),
                Duration.ofDays(7),
                Duration.ofMillis(1500),
                Duration.ofHours(36),
                JobPriority.HIGH,
                null,
                List.of("mail"),
                Limits.of("x-concurrency: 2\nx-rate: 100/m\nx-limit-key: .k\nx-key-concurrency: 1\nx-key-rate: 5/s"));

        assertThat(JobJson.types(Map.of("a", type), Map.of("a", new Pause("ada", "2026-11-29T10:00:00Z"))))
                .isEqualTo("{\"types\":[{\"type\":\"a\",\"description\":\"\",\"attempts\":5,\"retryDelay\":\"90s\","
                        + "\"retryMultiplier\":1.5,\"retryJitter\":0.0,\"permanentErrors\":[\"java.io.IOException\"],"
                        + "\"timeout\":\"1500ms\",\"expires\":\"36h\",\"retention\":\"7d\",\"priority\":\"high\",\"tags\":[\"mail\"],"
                        + "\"concurrency\":2,\"rate\":\"100/m\",\"limitKey\":\".k\",\"keyConcurrency\":1,\"keyRate\":\"5/s\","
                        + "\"paused\":{\"by\":\"ada\",\"at\":\"2026-11-29T10:00:00Z\"}}]}");
    }

    private static JobType type(String description, String example) {
        return new JobType(
                description,
                example,
                null,
                JobType.PLAIN.retry(),
                null,
                null,
                null,
                null,
                null,
                List.of(),
                TypeLimits.NONE);
    }

    @Test
    void aListShowsTheBeginOfALongErrorAndTheJobAllOfIt() {
        Map<String, String> hash = hash(JobState.FAILED);
        hash.put("errorMessage", "x".repeat(2000));

        String page = JobJson.page(new JobList.Page(List.of(hash), null));

        assertThat(page).contains("\"message\":\"" + "x".repeat(200) + "…\"");
        assertThat(shown(hash).getAsJsonObject("error").get("message").getAsString())
                .hasSize(2000);
    }

    private static JsonObject shown(Map<String, String> hash) {
        return JsonParser.parseString(JobJson.job(hash)).getAsJsonObject();
    }

    private static Map<String, String> hash(JobState state) {
        Map<String, String> hash = new LinkedHashMap<>();
        hash.put("id", "job-1");
        hash.put("type", "hello");
        hash.put("state", state.name());
        hash.put("status", Integer.toString(state.status()));
        hash.put("message", state.message());
        hash.put("result", "");
        hash.put("payload", "{\"a\":1}");
        hash.put("attempt", "2");
        hash.put("failures", "1");
        hash.put("createdAt", "1767323045678");
        hash.put("until", "1767323049678");
        hash.put("errorType", "IOException");
        hash.put("errorMessage", "a \"b\"");
        hash.put("token", "secret");
        hash.put("fingerprint", "f");
        hash.put("keep", "1000");
        return hash;
    }
}
