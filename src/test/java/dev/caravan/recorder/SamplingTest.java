package dev.caravan.recorder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.job.Job;
import dev.caravan.job.JobState;
import dev.caravan.job.JobTypes;
import dev.caravan.recorder.Sampling.Share;
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
        return IntStream.range(0, times)
                .filter(i -> sampling.of(job) == Share.MESSAGES)
                .count();
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
        Sampling sampling = sampling(Map.of("sample", "10", "retries", "false"));
        assertThat(taken(sampling, job("a", 1), 101)).isEqualTo(11);
        assertThat(sampling.of(job("rare", 1))).isEqualTo(Share.MESSAGES);
        assertThat(taken(sampling, job("a", 2), 100)).isZero();
    }

    @Test
    void typesThatAreNamedAndNoneOfTheServersOwn() {
        Sampling sampling = sampling(Map.of("sample", "1", "types", "order-*,totals"));
        assertThat(sampling.of(job("order-new", 1))).isEqualTo(Share.MESSAGES);
        assertThat(sampling.of(job("totals", 2))).isEqualTo(Share.MESSAGES);
        assertThat(sampling.of(job("hello", 2))).isEqualTo(Share.NOTHING);
        assertThat(sampling(Map.of("sample", "1")).of(job(JobTypes.WEBHOOK, 2))).isEqualTo(Share.NOTHING);
    }

    @Test
    void allOthersMayFail() {
        Sampling sampling = sampling(Map.of("sample", "2", "retries", "false"));
        assertThat(sampling.of(job("a", 1))).isEqualTo(Share.MESSAGES);
        assertThat(sampling.of(job("a", 1))).isEqualTo(Share.TIMES);
        assertThat(sampling.of(job("a", 2))).isEqualTo(Share.TIMES);
        assertThat(sampling(Map.of("errors", "false")).of(job("a", 1))).isEqualTo(Share.NOTHING);
    }

    @Test
    void noMoreThanSoManyASecond() {
        Sampling sampling = sampling(Map.of("per-second", "5"));
        assertThat(taken(sampling)).isEqualTo(5);
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(1)); // over the largest number
        assertThat(taken(sampling)).isEqualTo(5);
    }

    private static long taken(Sampling sampling) {
        return IntStream.range(0, 100).filter(i -> sampling.hasRoom()).count();
    }
}
