package dev.caravan.observability;

import dev.caravan.job.WebhookUse;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.Consumer;
import org.springframework.stereotype.Component;

/** Shows how webhooks are. */
@Component
class WebhookMeters implements Consumer<WebhookUse> {
    private volatile long down;

    WebhookMeters(MeterRegistry registry) {
        Gauge.builder("caravan.webhooks.down", this, meters -> meters.down)
                .description("Webhooks whose receivers are down; each node shows the same")
                .register(registry);
    }

    @Override
    public void accept(WebhookUse use) {
        down = use.down();
    }
}
