package dev.caravan.recorder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.job.Job;
import dev.caravan.job.JobState;
import dev.caravan.job.JobTypes;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Which attempts are recorded. */
class SamplingTest {
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);

    private Sampling sampling(Map<String, String> settings) {
        return new Sampling(Recorded.with(settings), nanos::get);
    }

    private static Job job(String type, int attempt) {
        return new Job("id", type, null, "token", JobState.RUNNING, attempt, attempt - 1, 0, 0);
    }

    private static long taken(Sampling sampling, Job job, int times) {
        return IntStream.range(0, times).filter(i -> sampling.takes(job)).count();
    }

    @Test
    void everyAttemptAfterTheFirstIfNothingElseIsSet() {
        Sampling sampling = sampling(Map.of());
        assertThat(taken(sampling, job("a", 1), 100)).isZero();
        assertThat(taken(sampling, job("a", 2), 3)).isEqualTo(3);
        assertThat(taken(sampling, job("b", 7), 3)).isEqualTo(3);
    }

    @Test
    void oneOfManyFirstAttemptsOfEachType() {
        Sampling sampling = sampling(Map.of("sample", "10", "per-second", "1000", "retries", "false"));
        assertThat(taken(sampling, job("a", 1), 101)).isEqualTo(11);
        assertThat(sampling.takes(job("rare", 1))).isTrue();
        assertThat(taken(sampling, job("a", 2), 100)).isZero();
    }

    @Test
    void typesThatAreNamedAndNoneOfTheServersOwn() {
        Sampling sampling = sampling(Map.of("sample", "1", "types", "order-*,totals"));
        assertThat(sampling.takes(job("order-new", 1))).isTrue();
        assertThat(sampling.takes(job("totals", 2))).isTrue();
        assertThat(sampling.takes(job("hello", 2))).isFalse();
        assertThat(sampling(Map.of("sample", "1")).takes(job(JobTypes.WEBHOOK, 2)))
                .isFalse();
    }

    @Test
    void noMoreThanSoManyASecond() {
        Sampling sampling = sampling(Map.of("per-second", "5"));
        assertThat(taken(sampling, job("a", 2), 100)).isEqualTo(5);
        assertThat(sampling.tooMany()).isEqualTo(95);
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(1)); // over the largest number
        assertThat(taken(sampling, job("a", 2), 100)).isEqualTo(5);
    }
}
