package dev.caravan.event;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the failures of a subscription's route and logs them, at most every ten seconds. For one thread at a time.
 *
 * <p>Meters: {@code caravan.events.failed}, tag {@code subscription}.
 */
final class EventFailures {
    private static final Logger LOG = LoggerFactory.getLogger(EventFailures.class);
    private static final long LOG_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final String subscription;
    private final Counter failed;
    private long unreported;
    private long reportedAt = System.nanoTime() - LOG_INTERVAL_NANOS;

    EventFailures(String subscription, MeterRegistry registry) {
        this.subscription = subscription;
        this.failed = Counter.builder("caravan.events.failed")
                .tag("subscription", subscription)
                .description("Events that a subscription could not process")
                .register(registry);
    }

    void add(Event event, Throwable failure) {
        failed.increment();
        unreported++;
        if (System.nanoTime() - reportedAt > LOG_INTERVAL_NANOS) {
            LOG.warn(
                    "The subscription {} could not process event {} ({} failures since the last report): {}",
                    subscription,
                    event.id(),
                    unreported,
                    failure.toString());
            LOG.debug("The subscription {} failed", subscription, failure);
            unreported = 0;
            reportedAt = System.nanoTime();
        }
    }
}
