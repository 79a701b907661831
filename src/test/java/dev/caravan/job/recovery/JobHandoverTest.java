package dev.caravan.job.recovery;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.verifyNoInteractions;
import static org.mockito.Mockito.when;

import dev.caravan.component.GraceIsOver;
import dev.caravan.job.Job;
import dev.caravan.job.JobAttempts;
import dev.caravan.job.JobTransition;
import dev.caravan.job.store.JobStore;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.dao.QueryTimeoutException;

/** A node stops with jobs that still run. */
@Timeout(120)
class JobHandoverTest {
    private final JobAttempts attempts = mock();
    private final JobStore store = mock();
    private final JobHandover handover = new JobHandover(attempts, store);

    @Test
    void aNodeWithoutJobsNeedsNoRedis() {
        handover.graceIsOver(new GraceIsOver());

        verifyNoInteractions(store);
    }

    @Test
    void aRedisThatFailsOrHangsDoesNotKeepTheNodeFromStopping() {
        JobTransition one = JobTransition.handedOver(Job.create("1", "hello", null, "a"));
        JobTransition two = JobTransition.handedOver(Job.create("2", "hello", null, "b"));
        when(attempts.handOver()).thenReturn(List.of(one, two));
        when(store.write(any()))
                .thenReturn(CompletableFuture.failedFuture(new QueryTimeoutException("Redis is away")))
                .thenReturn(new CompletableFuture<>());

        assertThatCode(() -> handover.graceIsOver(new GraceIsOver())).doesNotThrowAnyException();

        verify(store).write(one);
        verify(store).write(two);
    }
}
