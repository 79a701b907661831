package dev.caravan.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import net.thisptr.jackson.jq.exception.JsonQueryException;
import org.apache.camel.ValidationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JobSettingsTest {

    @Test
    void pausesGrowUpToTheirBound() {
        RetryPolicy policy = Settings.defaults().retry();

        assertThat(policy.pause(1, 0)).isEqualTo(Duration.ofSeconds(2));
        assertThat(policy.pause(2, 0)).isEqualTo(Duration.ofSeconds(8));
        assertThat(policy.pause(3, 0)).isEqualTo(Duration.ofSeconds(32));
        assertThat(policy.pause(6, 0)).isEqualTo(Duration.ofMinutes(10));
        assertThat(policy.pause(6, 1)).isEqualTo(Duration.ofMinutes(10));
        assertThat(policy.pause(Integer.MAX_VALUE, 0)).isEqualTo(Duration.ofMinutes(10));
    }

    @Test
    void upToATenthIsAddedAtRandom() {
        RetryPolicy policy = Settings.defaults().retry();

        assertThat(policy.pause(1, 0.5)).isEqualTo(Duration.ofMillis(2100));
        assertThat(policy.pause(1, 1)).isEqualTo(Duration.ofMillis(2200));
    }

    @Test
    void pausesMayBeTurnedOff() {
        RetryPolicy policy = Settings.with(Map.of("retry-delay", "0s")).retry();

        assertThat(policy.pause(1, 1)).isZero();
        assertThat(policy.pause(1_000_000, 1)).isZero();
    }

    @Test
    void permanentErrorsCountWithThoseThatExtendThem() {
        RetryPolicy policy =
                Settings.with(Map.of("permanent-errors", "java.io.IOException")).retry();

        assertThat(policy.isPermanent(new IOException())).isTrue();
        assertThat(policy.isPermanent(new java.io.FileNotFoundException())).isTrue();
        assertThat(policy.isPermanent(new IOException() {})).isTrue();
        assertThat(policy.isPermanent(new Exception(new IOException())))
                .as("what only wraps one")
                .isTrue();
        assertThat(policy.isPermanent(new IllegalArgumentException())).isFalse();
    }

    @Test
    void byDefaultInvalidArgumentsAndMessagesAndExpressionsArePermanent() {
        RetryPolicy policy = Settings.defaults().retry();

        assertThat(policy.isPermanent(new NumberFormatException())).isTrue();
        assertThat(policy.isPermanent(new ValidationException(null, ""))).isTrue();
        assertThat(policy.isPermanent(new JsonQueryException(""))).isTrue();
        assertThat(policy.isPermanent(new IllegalStateException())).isFalse();
        assertThat(policy.isPermanent(new OutOfMemoryError())).isFalse();
    }

    /** Redis may be away for 5 to 7 s when Sentinel replaces it, or when it writes much to a slow disk. */
    @Test
    void byDefaultALeaseOutlastsAStallOfRedis() {
        JobSettings settings = Settings.defaults();

        assertThat(settings.lease().multipliedBy(3).dividedBy(4).minus(settings.duePeriod()))
                .isGreaterThanOrEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void someErrorsArePermanentWhateverIsConfigured() {
        RetryPolicy policy = Settings.with(Map.of("permanent-errors", "")).retry();

        assertThat(policy.isPermanent(new JobInterrupted(21))).isTrue();
        assertThat(policy.isPermanent(new JobResultTooLarge(1))).isTrue();
        assertThat(policy.isPermanent(new IllegalArgumentException())).isFalse();
    }

    @Test
    void failedJobsAreKeptAtLeastAsLongAsOthers() {
        assertThat(Settings.defaults().retentionOfFailed(Duration.ofDays(1))).isEqualTo(Duration.ofDays(7));
        assertThat(Settings.defaults().retentionOfFailed(Duration.ofDays(30))).isEqualTo(Duration.ofDays(30));
    }

    @ParameterizedTest
    @CsvSource({
        "again-queue, boot.amqp.worker-queue",
        "low-queue, boot.amqp.worker-queue",
        "attempts, 0",
        "attempts, -1",
        "retry-delay, -1s",
        "retry-multiplier, 0.5",
        "retry-multiplier, NaN",
        "retry-max-delay, -1s",
        "lease, 999ms",
        "lease, -10s",
        "max-interruptions, -1",
        "ack-after, 0s",
        "stuck-after, 0s",
        "lost-after, -1s",
        "lost-after-foreign, -1s",
        "retention, 0s",
        "retention, -1d",
        "dead-retention, 0s",
        "key-retention, 0s",
        "key-retention, -1d",
        "max-payload, -1B",
        "max-result, -1B",
        "max-queued-per-user, -1",
        "max-stored-per-user, -1B",
        "max-stored-per-user, 1MB"
    })
    void nonsenseIsRefusedAndNamed(String name, String value) {
        assertThatThrownBy(() -> Settings.with(Map.of(name, value)))
                .rootCause()
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("caravan.jobs." + name);
    }
}
