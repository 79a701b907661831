package dev.caravan.observability;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.job.LimitUse;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LimitMetersTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final LimitMeters meters = new LimitMeters(registry);

    @Test
    void showsWhatIsNowAndNothingOfATypeThatHasNoneAnyMore() {
        meters.accept(new LimitUse(Map.of("invoice", 3L, "hello", 1L), Map.of("invoice", 2L), 1));
        meters.accept(new LimitUse(Map.of("invoice", 4L), Map.of(), 0));

        assertThat(value("caravan.jobs.held", "invoice")).isEqualTo(4);
        assertThat(registry.find("caravan.jobs.held").tag("type", "hello").gauge())
                .isNull();
        assertThat(registry.find("caravan.jobs.slots").gauges()).isEmpty();
        assertThat(registry.get("caravan.jobs.paused").gauge().value()).isZero();
    }

    private double value(String name, String type) {
        return registry.get(name).tag("type", type).gauge().value();
    }
}
