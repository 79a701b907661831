package dev.caravan.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonBodyTest {
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
        assertThat(JsonBody.read(text.getBytes(UTF_8))).isEqualTo(text);
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
                .isThrownBy(() -> JsonBody.read(text.getBytes(UTF_8)))
                .withMessageStartingWith("The body is not JSON: ")
                .satisfies(refused -> assertThat(refused.getMessage()).doesNotContain("\n"));
    }

    @Test
    void aRefusalSaysWhere() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JsonBody.read("{\"a\":{\"b\":1,\"b\":2}}".getBytes(UTF_8)))
                .withMessageContaining("\"b\" stands twice")
                .withMessageContaining("$.a.b");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JsonBody.read("{\n\"a\":[1,2,}".getBytes(UTF_8)))
                .withMessageContaining("line 2")
                .withMessageContaining("$.a[2]");
    }

    @Test
    void nestingIsLetInUpTo255() {
        for (String[] brackets : new String[][] {{"[", "]"}, {"{\"a\":", "}"}}) {
            assertThat(JsonBody.read(nested(brackets, 255))).isNotNull();
            assertThatIllegalArgumentException().isThrownBy(() -> JsonBody.read(nested(brackets, 256)));
            assertThatIllegalArgumentException().isThrownBy(() -> JsonBody.read(nested(brackets, 100_000)));
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JsonBody.read("[".repeat(100_000).getBytes(UTF_8)));
    }

    private static byte[] nested(String[] brackets, int depth) {
        return (brackets[0].repeat(depth) + "1" + brackets[1].repeat(depth)).getBytes(UTF_8);
    }

    @Test
    void whatIsNotUtf8IsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JsonBody.read("\"ä\"".getBytes(ISO_8859_1)))
                .withMessage("The body is not UTF-8.");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JsonBody.read(new byte[] {'"', (byte) 0xED, (byte) 0xA0, (byte) 0x80, '"'}));
    }

    @Test
    void aByteOrderMarkIsLeftOut() {
        assertThat(JsonBody.read("\ufeff{\"a\":1}".getBytes(UTF_8))).isEqualTo("{\"a\":1}");
        assertThat(JsonBody.read("\ufeff".getBytes(UTF_8))).isNull();
        assertThat(JsonBody.read("\ufeff\ufeff{}".getBytes(UTF_8))).isEqualTo("{}");
        assertThatIllegalArgumentException().isThrownBy(() -> JsonBody.read("{\ufeff}".getBytes(UTF_8)));
    }

    @Test
    void aBlankBodyIsNoPayload() {
        assertThat(JsonBody.read(null)).isNull();
        assertThat(JsonBody.read(new byte[0])).isNull();
        assertThat(JsonBody.read(" \r\n\t".getBytes(UTF_8))).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "application/json, true",
                "application/json;charset=UTF-8, true",
                "Application/JSON; charset=utf-8, true",
                "application/cloudevents+json, true",
                "application/json;charset=ISO-8859-1, false",
                "text/json, false",
                "text/plain, false",
                "nonsense, false",
                "'', false",
                "-, false"
            })
    void whatIsSaidToBeJsonIsAskedOfTheContentType(String contentType, boolean json) {
        assertThat(JsonBody.isJson(contentType)).isEqualTo(json);
    }
}
