package dev.caravan.observability;

import dev.caravan.job.RunningAttempts;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.actuate.health.Status;
import org.springframework.stereotype.Component;

/** {@code DEGRADED} while a handler is stuck; out of service, so that the node is not ready, while no job can run beside them. */
@Component("jobsHealthIndicator")
final class JobHealth implements HealthIndicator {
    private static final Status DEGRADED =
            new Status("DEGRADED", "Handlers of jobs run for longer than caravan.jobs.stuck-after.");

    private final RunningAttempts running;

    JobHealth(RunningAttempts running) {
        this.running = running;
    }

    @Override
    public Health health() {
        int stuck = running.stuck();
        Status status = stuck == 0 ? Status.UP : running.isBlocked() ? Status.OUT_OF_SERVICE : DEGRADED;
        return Health.status(status).withDetail("stuck", stuck).build();
    }
}
