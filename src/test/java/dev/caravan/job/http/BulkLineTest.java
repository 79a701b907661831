package dev.caravan.job.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.web.server.ResponseStatusException;

class BulkLineTest {
    @Test
    void everyMemberMayBeLeftOut() {
        BulkLine line = read("{}");
        assertThat(line.type()).isEqualTo("default");
        assertThat(line.payload()).isNull();
        assertThat(line.key()).isNull();
    }

    @Test
    void membersComeInAnyOrder() {
        BulkLine line = read(" {\"key\" : \"k-1\", \"payload\":{\"a\" : [1, {\"b\":\"}\"}]} ,\"type\":\"hello\"}\r");
        assertThat(line.type()).isEqualTo("hello");
        assertThat(line.key()).isEqualTo("k-1");
        assertThat(line.payload()).asString(UTF_8).isEqualTo("{\"a\" : [1, {\"b\":\"}\"}]}");
    }

    /** As it was sent: a key holds for these bytes. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "1",
                "-1.50e+3",
                "0",
                "\"text\"",
                "\"gr\u00fc\u00dfe \\u00e9 \\\" \\\\ \ud83d\ude8b\"",
                "true",
                "false",
                "null",
                "[]",
                "{}",
                "[ 1 , 2 ]",
                "{\"a\":{\"a\":{\"a\":\"\\n\"}}}",
                "12345678901234567890123456789012345678901234567890"
            })
    void aPayloadKeepsItsBytes(String payload) {
        assertThat(read("{\"payload\":" + payload + "}").payload())
                .asString(UTF_8)
                .isEqualTo(payload);
        assertThat(read("{\"payload\": " + payload + " , \"type\":\"\u00fc\"}").payload())
                .asString(UTF_8)
                .isEqualTo(payload);
    }

    @Test
    void aLongPayloadKeepsItsBytes() {
        String payload = "{\"text\":\"" + "\u00fc".repeat(100_000) + "\",\"number\":" + "7".repeat(5_000) + "}";
        assertThat(read("{\"payload\":" + payload + "}").payload())
                .asString(UTF_8)
                .isEqualTo(payload);
    }

    @Test
    void aByteOrderMarkIsSkipped() {
        assertThat(read("\ufeff{\"payload\":[1]}").payload()).asString(UTF_8).isEqualTo("[1]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "1",
                "null",
                "{",
                "{\"type\":\"hello\"",
                "{\"type\":\"hello\"} {}",
                "{\"type\":\"hello\"}x",
                "{\"type\":\"hello\",}",
                "{\"typ\":\"hello\"}",
                "{\"Type\":\"hello\"}",
                "{\"type\":null}",
                "{\"type\":1}",
                "{\"key\":{}}",
                "{\"key\":null}",
                "{\"type\":\"a\",\"type\":\"b\"}",
                "{\"key\":\"a\",\"key\":\"b\"}",
                "{\"payload\":1,\"payload\":2}",
                "{\"payload\":NaN}",
                "{\"payload\":'a'}",
                "{'type':\"a\"}",
                "{type:\"a\"}",
                "// a\n{}",
                "{\"payload\":}",
                "{\"payload\":01}",
                "{\"payload\":[}",
                "{\"type\":\"a\u0001\"}"
            })
    void anythingElseIsAnError(String line) {
        assertBad(line.getBytes(UTF_8));
    }

    @Test
    void anotherEncodingIsAnError() {
        assertBad("{}".getBytes(UTF_16));
        assertBad("{\"\u00fc\":1}".getBytes(ISO_8859_1));
        assertBad(("{\"payload\":" + "[".repeat(100_000)).getBytes(UTF_8));
    }

    private static void assertBad(byte[] line) {
        assertThatExceptionOfType(ResponseStatusException.class)
                .isThrownBy(() -> BulkLine.read(line))
                .satisfies(problem -> {
                    assertThat(problem.getStatusCode().value()).isEqualTo(400);
                    assertThat(problem.getReason()).isNotBlank();
                });
    }

    private static BulkLine read(String line) {
        return BulkLine.read(line.getBytes(UTF_8));
    }
}
