package dev.caravan.observability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import dev.caravan.job.RunningAttempts;
import org.junit.jupiter.api.Test;
import org.springframework.boot.actuate.health.Status;

class JobHealthTest {
    private final RunningAttempts running = mock();
    private final JobHealth health = new JobHealth(running);

    @Test
    void aNodeWithoutStuckHandlersIsUp() {
        assertThat(health.health().getStatus()).isEqualTo(Status.UP);
    }

    @Test
    void aStuckHandlerDegradesTheNodeAndItIsNotReadyWhenAllAre() {
        when(running.stuck()).thenReturn(2);
        assertThat(health.health().getStatus().getCode()).isEqualTo("DEGRADED");
        assertThat(health.health().getDetails()).containsEntry("stuck", 2);

        when(running.isBlocked()).thenReturn(true);
        assertThat(health.health().getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
    }
}
