package dev.caravan.observability;

import dev.caravan.job.ScheduleResult;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.springframework.stereotype.Component;

/**
 * Counts the firings of schedules that this node decided on, and shows how late the last one was. Of more schedules than there
 * may be at a time, the further ones count as {@code other}. Thread-safe.
 */
@Component
class ScheduleMeters implements Consumer<ScheduleResult> {
    private static final int MOST = 1000;
    private static final String OTHER = "other";

    private final MeterRegistry registry;
    /** How late the last job of each was, in seconds. */
    private final Map<String, Double> lags = new ConcurrentHashMap<>();

    ScheduleMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public void accept(ScheduleResult result) {
        String name = lags.containsKey(result.schedule()) || lags.size() < MOST ? result.schedule() : OTHER;
        if (lags.put(name, result.lag().toMillis() / 1000.0) == null) {
            Gauge.builder("caravan.schedule.lag", lags, all -> all.get(name))
                    .baseUnit("seconds")
                    .description("From when the last firing that this node decided on was due to that decision")
                    .tag("schedule", name)
                    .register(registry);
        }
        Counter.builder("caravan.schedule.firings")
                .description("Firings of schedules that this node decided on, by what became of them")
                .tag("schedule", name)
                .tag("result", result.kind().name().toLowerCase(Locale.ROOT))
                .register(registry)
                .increment(result.firings());
    }
}
