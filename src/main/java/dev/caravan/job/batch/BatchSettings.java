package dev.caravan.job.batch;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.Assert;

/**
 * Batches of jobs.
 *
 * @param maxMembers how many jobs and batches one batch may have; one more is answered 409. At least 1
 * @param maxPerUser how many batches one user may have, also ended ones that are kept; one more is answered 429. 0: any number
 * @param retention how long a batch is kept after it has ended; at least 1s
 * @param abandonedAfter how long a batch that nobody closes is kept after its last member was added; then it is forgotten, and
 *     calls nobody back. At least 1s
 */
@ConfigurationProperties("caravan.batches")
public record BatchSettings(
        @DefaultValue("100000") int maxMembers,
        @DefaultValue("10000") int maxPerUser,
        @DefaultValue("24h") Duration retention,
        @DefaultValue("7d") Duration abandonedAfter) {
    public BatchSettings {
        Assert.isTrue(maxMembers >= 1, "caravan.batches.max-members must be 1 or more");
        Assert.isTrue(maxPerUser >= 0, "caravan.batches.max-per-user must not be negative");
        Assert.isTrue(retention.toMillis() >= 1000, "caravan.batches.retention must be 1s or more");
        Assert.isTrue(abandonedAfter.toMillis() >= 1000, "caravan.batches.abandoned-after must be 1s or more");
    }
}
