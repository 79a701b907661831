package dev.caravan.observability;

import dev.caravan.job.BatchChange;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.springframework.stereotype.Component;

/** Counts what this node has made of batches. Thread-safe. */
@Component
class BatchMeters implements Consumer<BatchChange> {
    private final Map<BatchChange, Counter> counters = new EnumMap<>(BatchChange.class);

    BatchMeters(MeterRegistry registry) {
        for (BatchChange change : BatchChange.values()) {
            counters.put(
                    change,
                    Counter.builder("caravan.jobs.batches")
                            .description("Batches that this node has created, closed, cancelled, called back or ended")
                            .tag("change", change.name().toLowerCase(Locale.ROOT))
                            .register(registry));
        }
    }

    @Override
    public void accept(BatchChange change) {
        counters.get(change).increment();
    }
}
