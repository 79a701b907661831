package dev.caravan.observability;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.job.WebhookUse;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

class WebhookMetersTest {
    @Test
    void showsHowManyAreDownNow() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        WebhookMeters meters = new WebhookMeters(registry);
        meters.accept(new WebhookUse(2));
        meters.accept(new WebhookUse(1));
        assertThat(registry.get("caravan.webhooks.down").gauge().value()).isEqualTo(1);
    }
}
