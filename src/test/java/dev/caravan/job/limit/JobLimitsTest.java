package dev.caravan.job.limit;

import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.verifyNoInteractions;
import static org.mockito.Mockito.when;

import dev.caravan.job.Job;
import dev.caravan.job.JobState;
import dev.caravan.job.Settings;
import dev.caravan.job.TransitionResult;
import dev.caravan.job.store.LimitSlots;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class JobLimitsTest {
    private final LimitSlots slots = mock();
    private final JobLimits limits =
            new JobLimits(slots, mock(PausedTypes.class), mock(HeldJobs.class), Settings.with(Map.of()), List.of());

    @Test
    void aHeldJobThatIsCancelledHasNoTurnAnyMore() {
        when(slots.forget(any(), any())).thenReturn(CompletableFuture.completedFuture(List.of()));

        limits.accept(moved(JobState.HELD, JobState.CANCELLED));

        verify(slots).forget("invoice", "1");
    }

    @Test
    void whatNoLimitHasHeldCostsNothing() {
        limits.accept(moved(JobState.QUEUED, JobState.CANCELLED));
        limits.accept(moved(JobState.HELD, JobState.QUEUED));

        verifyNoInteractions(slots);
    }

    private static TransitionResult moved(JobState before, JobState state) {
        Job job = new Job("1", "invoice", null, "token", state, 0, 0, 0, 0);
        return new TransitionResult(true, job, before, 0, 0, "", true, false, false, Duration.ZERO, Duration.ZERO);
    }
}
