package dev.caravan.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.component.NoteCheck.Fault;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JobTypeNoteTest {

    @Test
    void everySettingIsRead() {
        JobTypeNote note = new JobTypeNote(
                "Sends a mail",
                """
                x-example: {"to": "ada@example.org"}
                x-attempts: 5
                x-retry-delay: 10s
                x-retry-multiplier: 1.5
                x-retry-max-delay: 1h
                x-retry-jitter: 0.5
                x-permanent-errors:
                  - java.io.FileNotFoundException
                x-retention: 7d
                x-timeout: 5m
                x-expires: 2h
                x-priority: low
                x-tags: [mail, "team:billing"]
                x-concurrency: 20
                x-rate: 100/m
                x-limit-key: .customer
                x-key-concurrency: 1
                x-key-rate: 5/s
                """);

        assertThat(note.faults()).isEmpty();
        assertThat(note.type())
                .isEqualTo(new JobType(
                        "Sends a mail",
                        "{\"to\":\"ada@example.org\"}",
                        null,
                        new RetryPolicy(
                                5,
                                Duration.ofSeconds(10),
                                1.5,
                                Duration.ofHours(1),
                                0.5,
                                Set.of("java.io.FileNotFoundException")),
                        Duration.ofDays(7),
                        Duration.ofMinutes(5),
                        Duration.ofHours(2),
                        JobPriority.LOW,
                        null,
                        List.of("mail", "team:billing"),
                        new TypeLimits(20, Rate.of("100/m"), new PayloadKey(".customer"), 1, Rate.of("5/s"))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x-example: {\"to\":\"ada\",\"n\":[1.5,true,null]}",
                "x-example: {to: ada, n: [1.5, true, null]}",
                "x-example:\n  to: ada\n  n:\n    - 1.5\n    - true\n    - null\n"
            })
    void anExampleIsJsonOrYaml(String note) {
        assertThat(new JobTypeNote(note).type().example()).isEqualTo("{\"to\":\"ada\",\"n\":[1.5,true,null]}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Ask Ada before you change it", "see x-attempts: 5", "an: x-attempts\nx-attempts: 0"})
    void aNoteThatDoesNotBeginWithASettingIsProse(String note) {
        JobTypeNote read = new JobTypeNote(note);

        assertThat(read.faults()).isEmpty();
        assertThat(read.type()).isEqualTo(JobType.PLAIN);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "x-attempts: 0             | x-attempts must be a whole number from 1 to 1000000",
                "x-attempts: '3'           | x-attempts must be a whole number from 1 to 1000000",
                "x-attempts:               | x-attempts must be a whole number from 1 to 1000000",
                "x-retry-delay: 10         | x-retry-delay must be a duration such as 500ms, 10s, 5m, 2h or 7d",
                "x-retry-delay: -1s        | x-retry-delay must be a duration such as 500ms, 10s, 5m, 2h or 7d",
                "x-retry-delay: 366d       | x-retry-delay must be 0s to 365d",
                "x-retry-multiplier: 0.5   | x-retry-multiplier must be a number from 1 to 1000",
                "x-retry-multiplier: .nan  | x-retry-multiplier must be a number from 1 to 1000",
                "x-retry-jitter: 1.1       | x-retry-jitter must be a number from 0 to 1",
                "x-retention: 59s          | x-retention must be 1m to 3650d",
                "x-timeout: 0s             | x-timeout must be 1ms to 365d",
                "x-expires: 0s             | x-expires must be 1ms to 365d",
                "x-priority: 5             | x-priority must be high, normal or low",
                "x-unique: 5               | x-unique must be a jq expression such as .customer",
                "x-tags: mail              | x-tags must be a list of up to 10 tags, each 1 to 40 of A-Z a-z 0-9 . _ : / @ -",
                "x-tags: [a b]             | x-tags must be a list of up to 10 tags, each 1 to 40 of A-Z a-z 0-9 . _ : / @ -",
                "x-unique-for: queued      | x-unique-for goes with x-unique",
                "x-concurrency: 0          | x-concurrency must be a whole number, 1 or more",
                "x-rate: 10                | x-rate must be a rate such as 10/s, 100/m, 500/h or 1000/d",
                "x-permanent-errors: a.B   | x-permanent-errors must be a list of exceptions, each with its package",
                "x-permanent-errors: [a.B] | x-permanent-errors names \"a.B\", which is no exception on the class path",
                "x-example: {a: .inf}      | x-example is not JSON",
                "x-atempts: 3              | unknown setting \"x-atempts\" of a type",
                "x-attempts                | a note that begins with x- must be a YAML mapping, as in x-attempts: 5",
                "x-attempts: *all          | the note uses an alias (*); write it out",
            })
    void whatIsWrongIsAFaultAndIsNotSet(String note, String reason) {
        JobTypeNote read = new JobTypeNote(note);

        assertThat(read.faults()).extracting(Fault::reason).containsExactly(reason);
        assertThat(read.type()).isEqualTo(JobType.PLAIN);
    }

    @Test
    void aUniqueKeyIsAnExpressionThatTheExampleHas() {
        JobUnique unique = new JobTypeNote("x-unique: '[.customer, .month]'\nx-unique-for: 10m")
                .type()
                .unique();
        assertThat(unique.expression()).isEqualTo("[.customer, .month]");
        assertThat(unique.period()).isEqualTo("10m");
        assertThat(new JobTypeNote("x-unique: .customer").type().unique().period())
                .isEqualTo("running");

        assertThat(new JobTypeNote("x-unique: .customer\nx-unique-for: 0s").faults())
                .extracting(Fault::reason)
                .containsExactly("x-unique-for must be queued, running or a duration such as 10m");
        assertThat(new JobTypeNote("x-unique: .customer[").faults())
                .singleElement()
                .satisfies(fault -> assertThat(fault.reason()).startsWith("x-unique is not jq: "));
        assertThat(new JobTypeNote("x-unique: .customer\nx-example: {customer: 7}").check())
                .isEmpty();
        assertThat(new JobTypeNote("x-unique: .customer\nx-example: {a: 7}").check())
                .extracting(Fault::reason)
                .containsExactly("x-unique .customer gives null, and must give a key for x-example");
    }

    @Test
    void allFaultsAreFoundAtOnceEachAtItsWord() {
        JobTypeNote read = new JobTypeNote("x-attempts: 0\nx-expires: 2h\nx-timeout: 5\nowner: ada");

        assertThat(read.faults()).extracting(Fault::word).containsExactly("x-attempts", "x-timeout", "owner");
        assertThat(read.faults().get(2).known()).contains("x-attempts", "x-expires", "x-retry-max-delay");
        assertThat(read.type().expires()).isEqualTo(Duration.ofHours(2));
    }

    @Test
    void limitsOfAKeyAndTheKeyNeedEachOther() {
        assertThat(new JobTypeNote("x-key-rate: 5/s").faults())
                .extracting(Fault::reason)
                .containsExactly("a limit of a key needs x-limit-key, such as x-limit-key: .customer");
        assertThat(new JobTypeNote("x-limit-key: .customer").faults())
                .extracting(Fault::reason)
                .containsExactly("x-limit-key without a limit does nothing");
        assertThat(new JobTypeNote("x-limit-key: .customer |\nx-concurrency: 2").faults())
                .singleElement()
                .satisfies(fault -> assertThat(fault.reason()).startsWith("x-limit-key is not jq: "));
        assertThat(new JobTypeNote("x-limit-key: .customer\nx-concurrency: 2").faults())
                .isEmpty();
    }

    @Test
    void whatIsNoYamlIsAFaultOfItsLine() {
        assertThat(new JobTypeNote("x-attempts: 3\nx-expires: [low\nx-timeout: 5s").faults())
                .singleElement()
                .satisfies(fault -> {
                    assertThat(fault.word()).isEqualTo("x-timeout: 5s");
                    assertThat(fault.reason()).startsWith("the note is not YAML: ");
                });
        assertThat(new JobTypeNote("x-attempts: 3\nx-attempts: 4").faults()).hasSize(1);
    }

    @Test
    void noNoteTakesMuchTimeOrMemory() {
        for (String note : new String[] {
            "x-example: " + "[".repeat(60_000), "x-example: " + "a".repeat(70_000), "x-a:\n" + "- ".repeat(30_000)
        }) {
            assertThat(new JobTypeNote(note).faults()).hasSize(1);
        }
    }
}
