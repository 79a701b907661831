package dev.caravan.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JobUniqueTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                ".customer            | {\"customer\":7}                 | 7",
                ".customer            | {\"customer\":\"a b\"}           | \"a b\"",
                "[.customer, .month]  | {\"customer\":7,\"month\":\"1\"} | [7,\"1\"]",
                ".a.b // \"none\"     | {}                               | \"none\"",
                "length               | [1,2]                            | 2",
            })
    void theKeyIsWhatTheExpressionGives(String expression, String payload, String key) {
        assertThat(new JobUnique(new PayloadKey(expression), "running").keyOf(job(payload)))
                .isEqualTo(key);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                ".customer  | {}                 | x-unique .customer gives null, and must give a key",
                ".[]        | [1,2]              | x-unique .[] gives several values",
                "empty      | {}                 | x-unique empty gives null, and must give a key",
                ".customer  | [1]                | x-unique .customer fails: ",
                "def f: f; f| {}                 | x-unique def f: f; f fails: it calls itself without end",
            })
    void aPayloadWithoutAKeyIsRefusedWith422(String expression, String payload, String why) {
        JobUnique unique = new JobUnique(new PayloadKey(expression), "running");
        assertThatExceptionOfType(PayloadMismatch.class)
                .isThrownBy(() -> unique.keyOf(job(payload)))
                .satisfies(refused -> {
                    assertThat(refused.getStatusCode().value()).isEqualTo(422);
                    assertThat(refused.mismatches().get(0).message()).startsWith(why);
                });
    }

    @Test
    void aLongKeyIsRefused() {
        JobUnique unique = new JobUnique(new PayloadKey("."), "running");
        assertThat(unique.keyOf(job("\"" + "k".repeat(1022) + "\""))).hasSize(1024);
        assertThatExceptionOfType(PayloadMismatch.class)
                .isThrownBy(() -> unique.keyOf(job("\"" + "k".repeat(1023) + "\"")));
    }

    private static Job job(String payload) {
        return Job.create("1", "mail", payload, "t");
    }
}
