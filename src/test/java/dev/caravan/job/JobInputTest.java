package dev.caravan.job;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.networknt.schema.SchemaException;
import dev.caravan.component.NoteCheck.Fault;
import dev.caravan.http.JsonBody;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JobInputTest {
    private static final JobInput MAIL = input(
            """
            type: object
            required: [to]
            additionalProperties: false
            properties:
              to: {type: string, pattern: "^[^@]+@[^@]+$"}
              copies: {type: integer, minimum: 1, maximum: 5, multipleOf: 1}
              a/b~: {enum: [low, high]}
              parts:
                type: array
                items: {anyOf: [{type: string}, {type: array, items: {anyOf: [{type: string}, {const: 7}]}}]}
            """);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"to\":\"ada@example.org\"}",
                "{\"to\":\"ada@example.org\",\"copies\":2.0,\"a/b~\":\"low\",\"parts\":[\"a\",[\"b\",7]]}",
            })
    void whatMatchesHasNoMismatch(String payload) {
        assertThat(MAIL.mismatches(payload)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}                                                | /to: is missing",
                "7                                                 | integer found, object expected",
                "{\"to\":\"a@b\",\"x~/y\":1}                         | /x~0~1y: is unknown",
                "{\"to\":\"a@b\",\"copies\":6}                       | /copies: must have a maximum value of 5",
                "{\"to\":\"a@b\",\"copies\":\"2\"}                     | /copies: string found, integer expected",
                "{\"to\":\"a@b\",\"a/b~\":\"mid\"}                     | /a~1b~0: does not have a value in the enumeration [\"low\", \"high\"]",
                "{\"to\":\"ada\"}                                    | /to: does not match the regex pattern ^[^@]+@[^@]+$",
                "{\"to\":\"a@b\",\"copies\":1e999}                   | has a number that is too large",
            })
    void aMismatchHasAPlaceAndAReason(String payload, String mismatch) {
        assertThat(MAIL.mismatches(payload)).first().hasToString(mismatch);
    }

    @Test
    void aMissingPayloadIsAnEmptyObject() {
        assertThat(MAIL.mismatches(null)).extracting(JobInput.Mismatch::pointer).containsExactly("/to");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "[1]", "[[1]]", "{}"})
    void aLargePayloadLeavesFewMismatches(String part) {
        String parts = part + ("," + part).repeat(50_000 / part.length());

        assertThat(MAIL.mismatches("{\"to\":\"a@b\",\"parts\":[" + parts + "]}"))
                .hasSize(JobInput.MAX_MISMATCHES);
        assertThat(MAIL.mismatches("{\"to\":\"a@b\",\"parts\":[\"a\",[" + parts + "]]}"))
                .hasSizeBetween(1, JobInput.MAX_MISMATCHES);
    }

    @Test
    void aPayloadMayNestAsDeepAsAnyOther() {
        JobInput tree = input(
                """
                $ref: "#/$defs/node"
                $defs: {node: {type: object, properties: {next: {$ref: "#/$defs/node"}, end: {const: 1}}}}
                """);
        int depth = JsonBody.MAX_DEPTH - 1;
        String payload = "{\"next\":".repeat(depth) + "{\"end\":%d}" + "}".repeat(depth);

        assertThat(tree.mismatches(payload.formatted(1))).isEmpty();
        assertThat(tree.mismatches(payload.formatted(2))).hasSize(1);
    }

    /** The branches of each level double the steps. */
    @Test
    void aSchemaThatRefersToItselfTakesNoLongTime() {
        JobInput tree = input(
                """
                $ref: "#/$defs/node"
                $defs:
                  node:
                    anyOf:
                      - {type: string}
                      - {type: object, properties: {next: {$ref: "#/$defs/node"}}}
                      - {type: object, properties: {next: {$ref: "#/$defs/node"}}, required: [end]}
                """);

        assertThat(tree.mismatches("{\"next\":".repeat(200) + "7" + "}".repeat(200)))
                .extracting(JobInput.Mismatch::message)
                .containsExactly("takes too many steps to compare with the schema");
    }

    /** 28,000 strings of equal hashes took 37 s. */
    @Test
    void fewItemsAreComparedWithEachOther() {
        JobInput unique = input("uniqueItems: true");
        String many = "["
                + IntStream.range(0, JobInput.MAX_UNIQUE)
                        .mapToObj(String::valueOf)
                        .collect(joining(","));

        assertThat(unique.mismatches(many + "]")).isEmpty();
        assertThat(unique.mismatches("[1,2,1]")).hasSize(1);
        assertThat(unique.mismatches(many + ",-1]"))
                .extracting(JobInput.Mismatch::message)
                .containsExactly("has more items than can be compared, 1000");
        assertThat(input("uniqueItems: false").mismatches(many + ",0]")).isEmpty();
    }

    @Test
    void whatAMismatchTellsIsShort() {
        JobInput.Mismatch mismatch = MAIL.mismatches("{\"to\":\"a@b\",\"" + "x".repeat(10_000) + "\":1}")
                .get(0);

        assertThat(mismatch.toString().length()).isLessThan(400);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "x-input: 7                        | x-input must be a JSON Schema, such as {type: object}",
                "x-input: {type: strng}            | x-input is no JSON Schema: /type: does not have a value in the enumeration",
                "x-input: {pattern: '('}           | x-input is no JSON Schema: java.util.regex.PatternSyntaxException: Unclosed group",
                "x-input: {$ref: '#/nope'}         | x-input is no JSON Schema: Reference /nope cannot be resolved",
                "x-input: {properties: {a: {$ref: '#/nope'}}} | x-input is no JSON Schema: Reference /nope cannot be resolved",
                "x-input: {$ref: '#'}              | x-input refers to itself without end",
                "x-input: {items: {$ref: 'file:///etc/passwd'}} | x-input has the $ref \"file:///etc/passwd\": only references",
                "x-input: {$ref: 'classpath:draft/2020-12/schema'} | x-input has the $ref \"classpath:draft/2020-12/schema\"",
                "x-input: {$id: 'http://a.example/', $ref: b} | x-input has the $ref \"b\"",
                "x-input: {$schema: 'http://json-schema.org/draft-07/schema#'} | x-input must have the $schema https",
                "x-input: {minimum: .nan}          | x-input is not JSON",
            })
    void aSchemaThatIsNoneIsAFault(String note, String reason) {
        assertThat(new JobTypeNote(note).check())
                .singleElement()
                .extracting(Fault::reason)
                .asString()
                .startsWith(reason);
    }

    @Test
    void anExampleMustMatchTheSchema() {
        String note = "x-input: {required: [to]}\nx-example: {to: 1}";

        assertThat(new JobTypeNote(note).check()).isEmpty();
        assertThat(new JobTypeNote(note.replace("to: 1", "a: 1")).check())
                .extracting(Fault::reason)
                .containsExactly("x-example does not match x-input: /to: is missing");
    }

    /** Whatever the check of a file lets through. */
    @Test
    void nothingIsFetched() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            server.setSoTimeout(300);
            JobInput input = input("$ref: http://127.0.0.1:" + server.getLocalPort() + "/schema");

            assertThatExceptionOfType(SchemaException.class).isThrownBy(() -> input.mismatches("{}"));
            assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(server::accept);
        }
        assertThatExceptionOfType(SchemaException.class)
                .isThrownBy(() -> input("$ref: classpath:draft/2020-12/schema").mismatches("{}"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> input("$ref: https://json-schema.org/draft/2020-12/schema")
                        .check());
    }

    @Test
    void aSubmissionThatDoesNotMatchIsToldWhereAndWhy() {
        JobType type = new JobTypeNote("x-input: {required: [a, b], properties: {a: {type: string}}}").type();

        assertThatCode(() -> PayloadMismatch.unlessMatching(JobType.PLAIN, job("7")))
                .doesNotThrowAnyException();
        assertThatExceptionOfType(PayloadMismatch.class)
                .isThrownBy(() -> PayloadMismatch.unlessMatching(type, job("{\"a\":1}")))
                .satisfies(mismatch -> {
                    assertThat(mismatch.getBody().getStatus()).isEqualTo(422);
                    assertThat(mismatch.getBody().getDetail())
                            .isEqualTo(
                                    "The payload does not match the input of the type mail: /a: integer found, string"
                                            + " expected, and 1 more.");
                    assertThat(mismatch.getBody().getProperties())
                            .containsEntry(
                                    "errors",
                                    List.of(
                                            new JobInput.Mismatch("/a", "integer found, string expected"),
                                            new JobInput.Mismatch("/b", "is missing")));
                });
        assertThatExceptionOfType(PayloadMismatch.class)
                .isThrownBy(() -> PayloadMismatch.unlessMatching(type, job(null)));
    }

    private static Job job(String payload) {
        return Job.create("job-1", "mail", payload, "token");
    }

    private static JobInput input(String schema) {
        return new JobTypeNote("x-input:\n" + schema.indent(2)).type().input();
    }
}
