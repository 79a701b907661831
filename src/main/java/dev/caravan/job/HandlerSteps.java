package dev.caravan.job;

import java.util.Map;
import java.util.function.Supplier;
import org.apache.camel.AsyncCallback;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.Processor;
import org.apache.camel.spi.InterceptStrategy;
import org.apache.camel.support.CamelContextHelper;
import org.apache.camel.support.processor.DelegateAsyncProcessor;
import org.slf4j.MDC;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;
import org.springframework.util.function.SingletonSupplier;

/**
 * Wraps each step of a handler. Before a step it checks whether the attempt must end, so that a job that was cancelled, or is over
 * its time limit, does nothing more. It notes the step at which an attempt fails. A step that goes on later on another thread, as
 * a delay does, logs for the job, too.
 *
 * <p>And lets the route that called the handler go on after an interrupt. Camel ends all routes of an exchange that had an
 * InterruptedException, though it is caught; here the attempt ends, and that must be stored. Thread-safe.
 */
@Component
class HandlerSteps implements InterceptStrategy {
    private static final String CALLER = "jobs-attempt";

    /** Resolved late: Camel asks for this while its context is being made. */
    private final Supplier<JobAttempts> attempts;

    HandlerSteps(ObjectProvider<JobAttempts> attempts) {
        this.attempts = SingletonSupplier.of(attempts::getObject); // not for each step: Spring searches
    }

    @Override
    public Processor wrapProcessorInInterceptors(
            CamelContext context, NamedNode definition, Processor target, Processor nextTarget) {
        String route = CamelContextHelper.getRouteId(definition);
        if (CALLER.equals(route)) {
            return new Call(target);
        }
        return JobTypes.isHandler(route) ? new Step(target, definition) : target;
    }

    private static final class Call extends DelegateAsyncProcessor {
        Call(Processor target) {
            super(target);
        }

        @Override
        public boolean process(Exchange exchange, AsyncCallback callback) {
            return super.process(exchange, doneSync -> {
                exchange.getExchangeExtension().setInterrupted(false);
                callback.done(doneSync);
            });
        }
    }

    private final class Step extends DelegateAsyncProcessor {
        private final NamedNode definition;

        Step(Processor target, NamedNode definition) {
            super(target);
            this.definition = definition;
        }

        @Override
        public boolean process(Exchange exchange, AsyncCallback callback) {
            if (!(exchange.getVariable("job") instanceof Job job)) {
                return super.process(exchange, callback);
            }
            if (attempts.get().mustEnd(job)) {
                exchange.setException(new JobStopped());
                callback.done(true);
                return true;
            }
            AsyncCallback noting = doneSync -> {
                if (exchange.getException() != null) {
                    attempts.get().failedAt(job, FailedStep.of(definition), exchange.getException());
                }
                callback.done(doneSync);
            };
            if (job.id().equals(MDC.get(JobAttempts.MDC_JOB))) {
                return super.process(exchange, noting);
            }
            Map<String, String> before = MDC.getCopyOfContextMap();
            JobAttempts.describe(job);
            try {
                return super.process(exchange, noting);
            } finally {
                MDC.setContextMap(before == null ? Map.of() : before);
            }
        }
    }
}
