package dev.caravan.observability;

import dev.caravan.job.HookRefusal;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.springframework.stereotype.Component;

/** Counts the requests for hooks that this node has refused. Thread-safe. */
@Component
class HookMeters implements Consumer<HookRefusal> {
    private final Map<HookRefusal, Counter> counters = new EnumMap<>(HookRefusal.class);

    HookMeters(MeterRegistry registry) {
        for (HookRefusal refusal : HookRefusal.values()) {
            counters.put(
                    refusal,
                    Counter.builder("caravan.hooks.refused")
                            .description("Requests for hooks that this node has refused, by reason")
                            .tag("reason", refusal.name().toLowerCase(Locale.ROOT))
                            .register(registry));
        }
    }

    @Override
    public void accept(HookRefusal refusal) {
        counters.get(refusal).increment();
    }
}
