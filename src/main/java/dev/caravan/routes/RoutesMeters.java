package dev.caravan.routes;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.function.ToDoubleFunction;
import org.springframework.stereotype.Component;

/** How often routes were changed, and how many problems the directory has. */
@Component
final class RoutesMeters implements MeterBinder {
    private final RoutesConfiguration live;

    RoutesMeters(RoutesConfiguration live) {
        this.live = live;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder("caravan.routes.rejected", live, config -> config.problems()
                        .size())
                .description("Problems of the route files at the moment")
                .register(registry);
        Gauge.builder("caravan.routes.publication", live, RoutesConfiguration::publication)
                .description(
                        "Number of the publication of route files that this node runs; 0 with caravan.routes.source=directory")
                .register(registry);
        changes(registry, "accepted", LiveRoutes::accepted);
        changes(registry, "rejected", LiveRoutes::rejected);
    }

    private void changes(MeterRegistry registry, String outcome, ToDoubleFunction<LiveRoutes> count) {
        FunctionCounter.builder(
                        "caravan.routes.changes",
                        live,
                        config -> config.routes() == null ? 0 : count.applyAsDouble(config.routes()))
                .tag("outcome", outcome)
                .description("Changes of route files since the start")
                .register(registry);
    }
}
