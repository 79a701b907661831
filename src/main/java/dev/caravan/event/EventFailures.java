package dev.caravan.event;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Failures of the route of a subscription: counted, and said now and then. For one thread at a time.
 *
 * <p>Meters: {@code caravan.events.failed}, tag {@code subscription}.
 */
final class EventFailures {
    private static final Logger LOG = LoggerFactory.getLogger(EventFailures.class);
    private static final long SAY_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final String subscription;
    private final Counter failed;
    private long unsaid;
    private long saidAt = System.nanoTime() - SAY_NANOS;

    EventFailures(String subscription, MeterRegistry registry) {
        this.subscription = subscription;
        this.failed = registry.counter("caravan.events.failed", "subscription", subscription);
    }

    void add(Event event, Throwable failure) {
        failed.increment();
        unsaid++;
        if (System.nanoTime() - saidAt > SAY_NANOS) {
            LOG.warn(
                    "Events: {} failed with event {}, {} failures: {}",
                    subscription,
                    event.id(),
                    unsaid,
                    failure.toString());
            LOG.debug("Events: {} failed", subscription, failure);
            unsaid = 0;
            saidAt = System.nanoTime();
        }
    }
}
