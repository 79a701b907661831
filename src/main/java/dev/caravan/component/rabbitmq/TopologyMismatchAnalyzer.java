package dev.caravan.component.rabbitmq;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Tells an operator what to do about a {@link TopologyMismatch}, in place of a stack trace. */
class TopologyMismatchAnalyzer extends AbstractFailureAnalyzer<TopologyMismatch> {
    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, TopologyMismatch cause) {
        return new FailureAnalysis(
                cause.getMessage(),
                "Caravan declares '" + cause.queue() + "' durable, not exclusive, not auto-delete, without arguments. "
                        + "Delete the queue on the broker when it is empty (it is made anew), give Caravan another one "
                        + "(caravan.jobs.queue, caravan.jobs.again-queue, caravan.jobs.high-queue, caravan.jobs.low-queue, "
                        + "caravan.jobs.dead-queue, caravan.events.dead-queue), or move "
                        + "arguments such as x-queue-type into a policy.",
                cause);
    }
}
