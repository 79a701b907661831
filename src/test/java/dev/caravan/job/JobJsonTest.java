package dev.caravan.job;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class JobJsonTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "0",
                "-1.5e+10",
                "1e999999",
                "true",
                "null",
                "\"\"",
                "\"\\ud83d\\ude00 \\/ \\b\"",
                " {\"a\" :\t[1 , 2]\r\n} ",
                "{\"a\":{\"a\":[{\"a\":1},{\"a\":1}]},\"b\":1}"
            })
    void jsonIsLetInAsItWasSent(String text) {
        assertThat(JobJson.payload(text.getBytes(UTF_8))).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "NaN",
                "[NaN]",
                "Infinity",
                "-Infinity",
                "01",
                "+1",
                ".5",
                "1.",
                "0x10",
                "1e",
                "TRUE",
                "nul",
                "hello",
                "'text'",
                "\"a",
                "\"line\nbreak\"",
                "{\"tab\tin name\":1}",
                "[\"\u0000\"]",
                "\"\\x\"",
                "\"\\u12\"",
                "{",
                "}",
                "[1",
                "{\"a\"}",
                "{\"a\":}",
                "{a:1}",
                "{'a':1}",
                "{\"a\"=1}",
                "{\"a\":1;\"b\":2}",
                "{\"a\":1,}",
                "[1,]",
                "[,1]",
                "[1 2]",
                "{} {}",
                "1 2",
                "{}}",
                "// comment\n{}",
                "{} # comment",
                "/* comment */ {}",
                "{\"a\":1,\"a\":2}",
                "{\"a\":1,\"\\u0061\":2}",
                "[{\"x\":{\"a\":1,\"b\":[],\"a\":2}}]",
                ")]}'\n{}"
            })
    void whatIsNoJsonIsRefused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JobJson.payload(text.getBytes(UTF_8)))
                .withMessageStartingWith("The body is not JSON: ")
                .satisfies(refused -> assertThat(refused.getMessage()).doesNotContain("\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\ufeff{}", "[\"\\ud800\"]", "-0", "\"\u007f\u2028\"", "1e999999", "{\"\":{\"\":\"\"}}"})
    void whatIsLetInIsAMessageThatAWorkerReads(String text) {
        String payload = JobJson.payload(text.getBytes(UTF_8));
        JobMessages messages = new JobMessages(Settings.defaults());

        Job read = messages.read(messages.write(Job.create("job-1", "hello", payload, "token")), "token");

        assertThat(JsonParser.parseString(read.payload())).isEqualTo(JsonParser.parseString(payload));
    }

    @Test
    void aRefusalSaysWhere() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JobJson.payload("{\"a\":{\"b\":1,\"b\":2}}".getBytes(UTF_8)))
                .withMessageContaining("\"b\" stands twice")
                .withMessageContaining("$.a.b");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JobJson.payload("{\n\"a\":[1,2,}".getBytes(UTF_8)))
                .withMessageContaining("line 2")
                .withMessageContaining("$.a[2]");
    }

    @Test
    void nestingIsLetInUpTo255() {
        for (String[] brackets : new String[][] {{"[", "]"}, {"{\"a\":", "}"}}) {
            assertThat(JobJson.payload(nested(brackets, 255))).isNotNull();
            assertThatIllegalArgumentException().isThrownBy(() -> JobJson.payload(nested(brackets, 256)));
            assertThatIllegalArgumentException().isThrownBy(() -> JobJson.payload(nested(brackets, 100_000)));
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JobJson.payload("[".repeat(100_000).getBytes(UTF_8)));
    }

    private static byte[] nested(String[] brackets, int depth) {
        return (brackets[0].repeat(depth) + "1" + brackets[1].repeat(depth)).getBytes(UTF_8);
    }

    @Test
    void whatIsNotUtf8IsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JobJson.payload("\"ä\"".getBytes(ISO_8859_1)))
                .withMessage("The body is not UTF-8.");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JobJson.payload(new byte[] {'"', (byte) 0xED, (byte) 0xA0, (byte) 0x80, '"'}));
    }

    @Test
    void aByteOrderMarkIsLeftOut() {
        assertThat(JobJson.payload("\ufeff{\"a\":1}".getBytes(UTF_8))).isEqualTo("{\"a\":1}");
        assertThat(JobJson.payload("\ufeff".getBytes(UTF_8))).isNull();
        assertThat(JobJson.payload("\ufeff\ufeff{}".getBytes(UTF_8))).isEqualTo("{}");
        assertThatIllegalArgumentException().isThrownBy(() -> JobJson.payload("{\ufeff}".getBytes(UTF_8)));
    }

    @Test
    void aBlankBodyIsNoPayload() {
        assertThat(JobJson.payload(null)).isNull();
        assertThat(JobJson.payload(new byte[0])).isNull();
        assertThat(JobJson.payload(" \r\n\t".getBytes(UTF_8))).isNull();
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
    void aHashThatKnowsOnlyTheWireIsShown() {
        Map<String, String> hash = Map.of("id", "job-1", "status", "1", "message", "Job being processed", "result", "");

        assertThat(JobJson.job(hash))
                .isEqualTo("{\"id\":\"job-1\",\"type\":\"default\",\"state\":\"RUNNING\",\"status\":1,"
                        + "\"message\":\"Job being processed\",\"result\":\"\","
                        + "\"attempt\":0,\"failures\":0,\"interruptions\":0}");
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
    void typesAreListedWithTheirDescriptions() {
        assertThat(JobJson.types(Map.of("hello", "Says \"hello\"")))
                .isEqualTo("{\"types\":[{\"type\":\"hello\",\"description\":\"Says \\\"hello\\\"\"}]}");
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
