package dev.caravan.observability;

import dev.caravan.job.LimitUse;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import java.util.Map;
import java.util.function.Consumer;
import org.springframework.stereotype.Component;

/** Shows how the limits of types are used. Called by one timer. */
@Component
class LimitMeters implements Consumer<LimitUse> {
    private final MultiGauge held;
    private final MultiGauge slots;
    private volatile int paused;

    LimitMeters(MeterRegistry registry) {
        this.held = MultiGauge.builder("caravan.jobs.held")
                .description("Jobs that the limits of their type hold, on all nodes; each worker shows the same")
                .register(registry);
        this.slots = MultiGauge.builder("caravan.jobs.slots")
                .description("Slots of types with limits that attempts on this node have")
                .register(registry);
        Gauge.builder("caravan.jobs.paused", this, meters -> meters.paused)
                .description("Types that somebody has paused, on all nodes")
                .register(registry);
    }

    @Override
    public void accept(LimitUse use) {
        show(held, use.held());
        show(slots, use.slots());
        paused = use.paused();
    }

    private static void show(MultiGauge gauge, Map<String, Long> byType) {
        gauge.register(
                byType.entrySet().stream()
                        .map(one -> Row.of(Tags.of("type", one.getKey()), one.getValue()))
                        .toList(),
                true);
    }
}
