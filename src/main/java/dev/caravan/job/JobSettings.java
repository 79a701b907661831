package dev.caravan.job;

import java.time.Duration;
import java.util.Set;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.Assert;
import org.springframework.util.unit.DataSize;

/**
 * The settings {@code caravan.jobs.*} that Java reads; {@code application.yaml} explains each, routes read the others.
 *
 * @param attempts how often a job is tried before it is FAILED
 * @param retryDelay pause after the first failure; each further pause is {@code retryMultiplier} times longer, with up
 *     to a tenth of random addition, and never longer than {@code retryMaxDelay}
 * @param permanentErrors names of exceptions after which trying again cannot help; those that extend one count too
 * @param lease how long a worker may be silent before its job is given to another one; extended at a third of it
 * @param maxInterruptions how often a job may lose its worker (crash, stop) before it is FAILED
 * @param lostAfter how long a job may be QUEUED while the queue is empty before its message counts as lost
 * @param retention how long the hash of an ended job is kept
 * @param keyRetention how long an {@code Idempotency-Key} is remembered after its job ended, at least
 * @param maxPayload largest payload
 * @param maxResult largest result
 * @param maxQueuedPerUser how many jobs of one user may be there that have not ended; one more is refused. 0: any number
 * @param maxStoredPerUser how many bytes of one user's jobs may be kept, with {@value JobQuotas#OVERHEAD} for each beside
 *     its payload; more are refused. 0: any number
 */
@ConfigurationProperties("caravan.jobs")
record JobSettings(
        @DefaultValue("3") int attempts,
        @DefaultValue("2s") Duration retryDelay,
        @DefaultValue("4") double retryMultiplier,
        @DefaultValue("10m") Duration retryMaxDelay,
        @DefaultValue({"java.lang.IllegalArgumentException", "org.apache.camel.ValidationException"})
                Set<String> permanentErrors,
        @DefaultValue("10s") Duration lease,
        @DefaultValue("20") int maxInterruptions,
        @DefaultValue("15s") Duration lostAfter,
        @DefaultValue("24h") Duration retention,
        @DefaultValue("24h") Duration keyRetention,
        @DefaultValue("1MB") DataSize maxPayload,
        @DefaultValue("1MB") DataSize maxResult,
        @DefaultValue("100000") int maxQueuedPerUser,
        @DefaultValue("1GB") DataSize maxStoredPerUser) {

    JobSettings {
        Assert.isTrue(attempts >= 1, "caravan.jobs.attempts must be 1 or more");
        Assert.isTrue(!retryDelay.isNegative(), "caravan.jobs.retry-delay must not be negative");
        Assert.isTrue(retryMultiplier >= 1, "caravan.jobs.retry-multiplier must be 1 or more");
        Assert.isTrue(!retryMaxDelay.isNegative(), "caravan.jobs.retry-max-delay must not be negative");
        Assert.isTrue(lease.toMillis() >= 1000, "caravan.jobs.lease must be 1s or more");
        Assert.isTrue(maxInterruptions >= 0, "caravan.jobs.max-interruptions must not be negative");
        Assert.isTrue(!lostAfter.isNegative(), "caravan.jobs.lost-after must not be negative");
        Assert.isTrue(retention.toMillis() >= 1000, "caravan.jobs.retention must be 1s or more");
        Assert.isTrue(keyRetention.toMillis() >= 1000, "caravan.jobs.key-retention must be 1s or more");
        Assert.isTrue(!maxPayload.isNegative(), "caravan.jobs.max-payload must not be negative");
        Assert.isTrue(!maxResult.isNegative(), "caravan.jobs.max-result must not be negative");
        Assert.isTrue(maxQueuedPerUser >= 0, "caravan.jobs.max-queued-per-user must not be negative");
        Assert.isTrue(
                maxStoredPerUser.toBytes() == 0
                        || maxStoredPerUser.toBytes() >= maxPayload.toBytes() + JobQuotas.OVERHEAD,
                "caravan.jobs.max-stored-per-user must be 0, or more than caravan.jobs.max-payload and "
                        + JobQuotas.OVERHEAD + " bytes");
    }

    /** The pause after so many failures. */
    Duration pause(int failures, double random) {
        double millis = retryDelay.toMillis() * Math.pow(retryMultiplier, failures - 1.0) * (1 + random / 10);
        return Duration.ofMillis((long) Math.min(millis, retryMaxDelay.toMillis()));
    }

    /** Whether trying again after this exception, or what caused it, is in vain. */
    boolean isPermanent(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof JobInterrupted || cause instanceof JobResultTooLarge) {
                return true;
            }
            for (Class<?> type = cause.getClass(); type != null; type = type.getSuperclass()) {
                if (permanentErrors.contains(type.getName())) {
                    return true;
                }
            }
        }
        return false;
    }
}
