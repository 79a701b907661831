package dev.caravan.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.web.server.ResponseStatusException;

class JobFilterTest {
    @Test
    void isReadFromTheParametersOfARequest() {
        Map<String, String> values = Map.of(
                "state", "failed",
                "type", "totals",
                "error", "IllegalArgumentException",
                "from", "2026-11-22T10:00:00Z",
                "to", "2026-11-22T11:00:00+01:00",
                "id", "5b0c",
                "tag", "customer:7",
                "batch", "b-1",
                "group", "0123456789abcdef");

        assertThatThrownBy(() -> JobFilter.of(values::get)).hasMessageContaining("from must be before to");
        assertThat(JobFilter.of(name -> name.equals("to") ? null : values.get(name)))
                .isEqualTo(new JobFilter(
                        Set.of(JobState.FAILED),
                        "totals",
                        "IllegalArgumentException",
                        Instant.parse("2026-11-22T10:00:00Z"),
                        null,
                        "5b0c",
                        "customer:7",
                        "b-1",
                        "0123456789abcdef"));
        assertThat(JobFilter.of(Map.of("group", "0123456789abcdef")::get).states())
                .containsExactly(JobState.FAILED);
        assertThat(JobFilter.of(name -> null)).isEqualTo(JobFilter.ALL);
    }

    @ParameterizedTest
    @CsvSource({
        "state, NEW, state must be one of SCHEDULED",
        "state, gone, state must be one of",
        "type, Totals, type must be",
        "error, a b, error must be",
        "group, 123, group must be",
        "error, java.lang.Exception, error must be",
        "from, yesterday, from must be a time",
        "to, 9999-01-01T00:00:00Z, to must be no more than ten years ahead",
        "id, abc, id must be the first 4",
        "id, a/bc, id must be the first 4",
        "tag, 'a,b', tag must be one tag"
    })
    void saysWhatIsWrong(String name, String value, String message) {
        assertThatThrownBy(() -> JobFilter.of(each -> each.equals(name) ? value : null))
                .isInstanceOf(ResponseStatusException.class)
                .hasMessageContaining(message);
    }

    /** The hash of a job that was retried and has finished keeps the error of the attempt before. */
    @Test
    void aJobThatFinishedHasNoError() {
        JobFilter filter = JobFilter.of(Map.of("error", "Odd")::get);

        assertThat(filter.matches("job", Map.of("state", "RETRYING", "errorType", "Odd")))
                .isTrue();
        assertThat(filter.matches("job", Map.of("state", "FINISHED", "errorType", "Odd")))
                .isFalse();
        assertThat(filter.matches("job", Map.of("state", "FAILED", "errorType", "Even")))
                .isFalse();
        assertThat(filter.matches("job", Map.of("state", "FAILED"))).isFalse();
    }
}
