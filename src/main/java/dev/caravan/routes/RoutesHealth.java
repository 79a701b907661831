package dev.caravan.routes;

import dev.caravan.routes.files.RouteProblem;
import java.util.List;
import java.util.Set;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.actuate.health.Status;
import org.springframework.stereotype.Component;

/**
 * {@code DEGRADED}, not down, while files are rejected, since the routes that ran before serve requests; and while one of
 * Caravan's own routes does not run, since the others do.
 */
@Component("routesHealthIndicator")
final class RoutesHealth implements HealthIndicator {
    private static final String DEGRADED = "DEGRADED";
    private static final String REJECTED = "Route files were rejected; the routes that ran before go on.";
    private static final String STOPPED =
            "Routes that Caravan needs do not run. Start them again, in Hawtio or over JMX.";

    private final RoutesConfiguration live;

    RoutesHealth(RoutesConfiguration live) {
        this.live = live;
    }

    @Override
    public Health health() {
        List<RouteProblem> problems = live.problems();
        Set<String> stopped = live.stopped();
        if (problems.isEmpty() && stopped.isEmpty()) {
            return Health.up().build();
        }
        Health.Builder health = Health.status(new Status(DEGRADED, stopped.isEmpty() ? REJECTED : STOPPED));
        if (!problems.isEmpty()) {
            health.withDetail("rejected", problems);
        }
        if (!stopped.isEmpty()) {
            health.withDetail("stopped", stopped);
        }
        return health.build();
    }
}
