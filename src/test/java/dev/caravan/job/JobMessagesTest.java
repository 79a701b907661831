package dev.caravan.job;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.gson.JsonParser;
import dev.caravan.http.JsonBody;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.amqp.AmqpRejectAndDontRequeueException;

class JobMessagesTest {
    private static final String ID = "0b4d3d4e-8a39-4d5e-9f53-1f3b2e6b7c11";

    private final JobMessages messages = new JobMessages(Settings.defaults());

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "1",
                "\"text\"",
                "true",
                "{\"a\":[1,2.50,{\"b\":null}],\"c\":\"\\u0000\\n \\\"quoted\\\" äöü € 😀\"}",
                "{\"number\":123456789012345678901234567890.1e-400}",
                "  {\"a\" : 1 }\n"
            })
    void whatIsWrittenIsReadAgain(String payload) {
        Job job = Job.create(ID, "hello", payload, "token");

        Job read = messages.read(messages.write(job).getBytes(UTF_8), "other");

        assertThat(read.id()).isEqualTo(ID);
        assertThat(read.type()).isEqualTo("hello");
        assertThat(read.token()).isEqualTo("other");
        assertThat(JsonParser.parseString(read.payload())).isEqualTo(JsonParser.parseString(payload));
    }

    @Test
    void aJobWithoutPayloadIsReadWithoutOne() {
        String message = messages.write(Job.create(ID, "hello", null, "token"));

        assertThat(message).isEqualTo("{\"jobId\":\"" + ID + "\",\"type\":\"hello\"}");
        assertThat(messages.read(message, "token").payload()).isNull();
    }

    @Test
    void aMessageWithOnlyAJobIdIsAJobOfTheDefaultType() {
        Job job = messages.read("{\"jobId\": \"%s\"}".formatted(ID), "token");

        assertThat(job).isEqualTo(Job.create(ID, "default", null, "token"));
    }

    @Test
    void fieldsThatAreNotOursAreLeftAlone() {
        Job job = messages.read(
                """
                {"sender": {"name": "other", "tags": [1, [2]]}, "jobId": "%s", "payload": null, "x": "y"}"""
                        .formatted(ID),
                "token");

        assertThat(job).isEqualTo(Job.create(ID, "default", null, "token"));
    }

    @Test
    void thePayloadStaysJson() {
        Job job = messages.read(
                """
                {"jobId": "%s", "payload": {"a": 1.0, "b": "<&>'=", "c": 1e999, "d": 10000000000000000000001}}"""
                        .formatted(ID),
                "token");

        assertThat(job.payload()).isEqualTo("{\"a\":1.0,\"b\":\"<&>'=\",\"c\":1e999,\"d\":10000000000000000000001}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Success",
                "",
                " ",
                "null",
                "7",
                "\"0b4d3d4e\"",
                "[{\"jobId\": \"1\"}]",
                "{}",
                "{\"jobid\": \"1\"}",
                "{\"jobId\": null}",
                "{\"jobId\": 1}",
                "{\"jobId\": [\"1\"]}",
                "{\"jobId\": {\"id\": \"1\"}}",
                "{\"jobId\": \"\"}",
                "{\"jobId\": \"1\", \"type\": 1}",
                "{\"jobId\": \"1\", \"type\": null}",
                "{\"jobId\": \"1\"",
                "{\"jobId\": \"1\"} {\"jobId\": \"2\"}",
                "{\"jobId\": \"1\"}}",
                "{\"jobId\": \"1\",}",
                "{jobId: \"1\"}",
                "{'jobId': '1'}",
                "{\"jobId\": \"1\", \"payload\": NaN}",
                "{\"jobId\": \"1\", \"payload\": [Infinity]}",
                "{\"jobId\": \"1\", \"payload\": {\"a\": 1,}}",
                "{\"jobId\": \"1\", \"payload\": }",
                "{\"jobId\": \"1\" /* comment */}",
                ")]}'\n{\"jobId\": \"1\"}"
            })
    void whatIsNoJobIsRejected(String body) {
        assertThatExceptionOfType(InvalidJobMessage.class).isThrownBy(() -> messages.read(body, "token"));
        assertThatExceptionOfType(InvalidJobMessage.class)
                .isThrownBy(() -> messages.read(body.getBytes(UTF_8), "token"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"../x", "a/b", "a b", "a\\n", "{x}", "*", "Job:1}", "ä", "%2e%2e"})
    void anIdThatCouldLeaveItsKeyIsRejected(String id) {
        assertThatExceptionOfType(InvalidJobMessage.class)
                .isThrownBy(() -> messages.read("{\"jobId\":\"%s\"}".formatted(id), "token"))
                .withMessageContaining("jobId");
    }

    @Test
    void anIdIsAtMost64Long() {
        assertThat(messages.read("{\"jobId\":\"%s\"}".formatted("x".repeat(64)), "token")
                        .id())
                .hasSize(64);
        assertThatExceptionOfType(InvalidJobMessage.class)
                .isThrownBy(() -> messages.read("{\"jobId\":\"%s\"}".formatted("x".repeat(65)), "token"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a:b", "Hello", "hello?x=y", "-hello", "../hello", "", "hello&size=1", "a b"})
    void aTypeThatCouldLeaveItsEndpointIsRejected(String type) {
        assertThatExceptionOfType(InvalidJobMessage.class)
                .isThrownBy(() -> messages.read("{\"jobId\":\"1\",\"type\":\"%s\"}".formatted(type), "token"))
                .withMessageContaining("type");
    }

    @Test
    void aBodyThatIsNoTextIsRejected() {
        assertThatExceptionOfType(InvalidJobMessage.class).isThrownBy(() -> messages.read(null, "token"));
        assertThatExceptionOfType(InvalidJobMessage.class).isThrownBy(() -> messages.read(7, "token"));
        assertThatExceptionOfType(InvalidJobMessage.class).isThrownBy(() -> messages.read(new byte[0], "token"));
    }

    @Test
    void aBodyThatIsNotUtf8IsRejected() {
        String message = "{\"jobId\":\"1\",\"payload\":\"ä\"}";
        assertThatExceptionOfType(InvalidJobMessage.class)
                .isThrownBy(() -> messages.read(message.getBytes(ISO_8859_1), "token"))
                .withMessage("not UTF-8");
        assertThatExceptionOfType(InvalidJobMessage.class)
                .isThrownBy(() -> messages.read(message.getBytes(UTF_16), "token"));
    }

    @Test
    void aMessageMayBeAsLargeAsThePayloadOfAnyNodeAndALittleMore() {
        JobMessages small = new JobMessages(Settings.with(Map.of("max-payload", "1KB", "max-stored-per-user", "1MB")));
        String payload = "\"" + "x".repeat(1024 * 1024 - 2) + "\"";
        String message = small.write(Job.create(ID, "hello", payload, "token"));

        assertThat(small.read(message.getBytes(UTF_8), "token").payload()).isEqualTo(payload);
    }

    @Test
    void aMessageThatIsTooLargeNamesItsJob() {
        String message = " ".repeat(16 * 1024 * 1024) + messages.write(Job.create(ID, "hello", "[1]", "token"));

        for (Object body : new Object[] {message, message.getBytes(UTF_8)}) {
            assertThatExceptionOfType(InvalidJobMessage.class)
                    .isThrownBy(() -> messages.read(body, "token"))
                    .withMessageContaining("size")
                    .satisfies(reason -> assertThat(reason.job().id()).isEqualTo(ID));
        }
    }

    @Test
    void aMessageTellsTheEditionAndTheTimeOfItsSubmission() {
        Job job = Job.create(ID, "hello", null, "token", 2, 1764362490123L);

        String message = messages.write(job);

        assertThat(message)
                .isEqualTo("{\"jobId\":\"%s\",\"type\":\"hello\",\"createdAt\":1764362490123,\"edition\":2}", ID);
        assertThat(messages.read(message, "token")).isEqualTo(job);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"2026-11-28\"", "null", "{\"a\": 1}", "-1", "1.5", "1e400"})
    void aFieldOfAnotherServiceThatIsNamedLikeOneOfOursMeansNothing(String value) {
        Job job = messages.read("{\"jobId\":\"1\",\"createdAt\":%s,\"edition\":%s}".formatted(value, value), "token");

        assertThat(job.createdAt()).isZero();
        assertThat(job.edition()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {300, 10_000, 100_000})
    void deepNestingIsRejectedWherever(int depth) {
        String deep = "[".repeat(depth) + "]".repeat(depth);
        for (String name : new String[] {"payload", "other", "jobId"}) {
            assertThatExceptionOfType(InvalidJobMessage.class)
                    .isThrownBy(() -> messages.read("{\"jobId\":\"1\",\"%s\":%s}".formatted(name, deep), "token"));
        }
        assertThatExceptionOfType(InvalidJobMessage.class).isThrownBy(() -> messages.read(deep, "token"));
    }

    @Test
    void thePayloadThatIsNestedDeepestOfThoseLetInIsRead() {
        String deepest = JsonBody.read(("[".repeat(255) + "]".repeat(255)).getBytes(UTF_8));

        String message = messages.write(Job.create(ID, "hello", deepest, "token"));

        assertThat(messages.read(message, "token").payload()).isEqualTo(deepest);
    }

    @Test
    void aRejectedMessageIsNotPutBackOnTheQueue() {
        assertThatExceptionOfType(AmqpRejectAndDontRequeueException.class)
                .isThrownBy(() -> messages.read("x", "token"))
                .satisfies(
                        reason -> assertThat(((InvalidJobMessage) reason).job()).isNull());
    }
}
