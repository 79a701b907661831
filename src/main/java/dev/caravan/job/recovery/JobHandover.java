package dev.caravan.job.recovery;

import dev.caravan.component.GraceIsOver;
import dev.caravan.job.JobAttempts;
import dev.caravan.job.JobTransition;
import dev.caravan.job.TransitionResult;
import dev.caravan.job.store.JobStore;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * Gives the jobs that still run when a node stops to other nodes, before the node lets go of their messages: else another
 * worker would get these first, find the jobs held, and run them only when their leases have ended.
 */
@Component
class JobHandover {
    private static final Logger LOG = LoggerFactory.getLogger(JobHandover.class);
    private static final int TIMEOUT_MILLIS = 2000;

    private final JobAttempts attempts;
    private final JobStore store;

    JobHandover(JobAttempts attempts, JobStore store) {
        this.attempts = attempts;
        this.store = store;
    }

    @EventListener
    void graceIsOver(GraceIsOver event) {
        List<JobTransition> transitions = attempts.handOver();
        if (transitions.isEmpty()) {
            return;
        }
        List<CompletableFuture<TransitionResult>> stored =
                transitions.stream().map(store::write).toList();
        CompletableFuture.allOf(stored.toArray(CompletableFuture[]::new))
                .completeOnTimeout(null, TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
                .exceptionally(failure -> null)
                .join();
        long done = stored.stream()
                .filter(each -> each.isDone()
                        && !each.isCompletedExceptionally()
                        && each.join().done())
                .count();
        LOG.info(
                "{} of {} jobs that still ran are handed over to other workers; these get the others when their leases end",
                done,
                stored.size());
    }
}
