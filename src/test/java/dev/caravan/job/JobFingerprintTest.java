package dev.caravan.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JobFingerprintTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "no user 4711 in 12.5 s|no user # in #.# s",
                "job 5b0c2f0e-0c57-4a55-9d0a-5f3c4b1f8e21 is away|job # is away",
                "hash deadbeef01 differs|hash # differs",
                "the accessed effaced facade|the accessed effaced facade",
                "No column \"amount\" in 'file.csv'|No column # in #",
                "first line\\nsecond|first line"
            })
    void leavesOutTheValues(String message, String normalised) {
        assertThat(JobFingerprint.normalised(message.replace("\\n", "\n"))).isEqualTo(normalised);
    }

    @Test
    void isOfTheTypeTheErrorTheStepAndTheMessage() {
        Map<String, String> hash =
                Map.of("type", "hello", "errorType", "Odd", "errorStep", "to1", "errorMessage", "no 1");

        assertThat(JobFingerprint.of(hash))
                .matches("[0-9a-f]{16}")
                .isEqualTo(JobFingerprint.of(with(hash, "errorMessage", "no 23")))
                .isNotEqualTo(JobFingerprint.of(with(hash, "errorMessage", "yes 1")))
                .isNotEqualTo(JobFingerprint.of(with(hash, "type", "totals")))
                .isNotEqualTo(JobFingerprint.of(with(hash, "errorType", "Even")))
                .isNotEqualTo(JobFingerprint.of(with(hash, "errorStep", "to2")));
    }

    /** A message of any size, and one that is made to take long. */
    @Test
    void takesLittleTimeForAnyMessage() {
        assertThat(JobFingerprint.normalised("\"".repeat(2000) + "'".repeat(2000)))
                .hasSizeLessThan(301);
        assertThat(JobFingerprint.normalised("a".repeat(100_000))).hasSizeLessThan(301);
    }

    private static Map<String, String> with(Map<String, String> hash, String name, String value) {
        Map<String, String> other = new HashMap<>(hash);
        other.put(name, value);
        return other;
    }
}
