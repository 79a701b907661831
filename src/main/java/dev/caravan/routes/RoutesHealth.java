package dev.caravan.routes;

import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.actuate.health.Status;
import org.springframework.stereotype.Component;

/** {@code DEGRADED} while files are rejected, not down: the routes that ran before serve requests. */
@Component("routesHealthIndicator")
final class RoutesHealth implements HealthIndicator {
    private static final Status DEGRADED =
            new Status("DEGRADED", "Route files were rejected; the routes that ran before go on.");

    private final RoutesConfiguration live;

    RoutesHealth(RoutesConfiguration live) {
        this.live = live;
    }

    @Override
    public Health health() {
        var problems = live.problems();
        return problems.isEmpty()
                ? Health.up().build()
                : Health.status(DEGRADED).withDetail("rejected", problems).build();
    }
}
