package dev.caravan.routes.trial;

import dev.caravan.component.BodyText;
import dev.caravan.routes.check.StepLines;
import dev.caravan.routes.recording.Masking;
import dev.caravan.routes.recording.RecordedProcessor;
import dev.caravan.routes.recording.RecordedRoute;
import dev.caravan.routes.recording.StepPlace;
import dev.caravan.routes.recording.StepRecording;
import dev.caravan.routes.trial.TrialResult.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.camel.AsyncCallback;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.Processor;
import org.apache.camel.StreamCache;
import org.apache.camel.spi.InterceptStrategy;
import org.apache.camel.support.CamelContextHelper;
import org.apache.camel.support.processor.DelegateAsyncProcessor;
import org.springframework.core.NestedExceptionUtils;

/**
 * What a trial does, as it does it. After its end, or when a body is too large, it lets no step begin: so ends a route that
 * would go round for ever. Thread-safe.
 */
final class Recording implements InterceptStrategy {
    private static final int MAX_BODY = 4096;
    private static final int MAX_LOG = 200;
    private static final int MAX_LINE = 1000;
    private static final int MAX_NAMES = 100;
    private static final int MAX_NAME = 256;

    private final StepLines lines;
    private final int maxCalls;
    private final long maxBody;
    private final TrialMemory memory;
    private final StepRecording steps;
    private final List<TrialCall> calls = new ArrayList<>();
    private final List<String> log = new ArrayList<>();
    private final Set<String> notTried = new LinkedHashSet<>();
    private volatile boolean isOver;
    private final CompletableFuture<TrialResult> result = new CompletableFuture<>();

    Recording(StepLines lines, TrialSettings settings) {
        this.lines = lines;
        this.maxCalls = settings.maxSteps();
        this.maxBody = settings.maxBody().toBytes();
        this.memory = new TrialMemory(settings.mostMemory());
        this.steps = new StepRecording(
                new StepRecording.Bounds(
                        settings.maxSteps(), MAX_BODY, settings.maxRecording().toBytes()),
                Masking.NONE);
    }

    @Override
    public Processor wrapProcessorInInterceptors(
            CamelContext context, NamedNode definition, Processor target, Processor nextTarget) {
        String id = CamelContextHelper.getRouteId(definition);
        RecordedRoute route = new RecordedRoute(id, null, null, null, null);
        StepPlace place = StepPlace.of(
                route,
                definition,
                nextTarget == null ? target : nextTarget,
                lines.of(id, definition).orElse(null));
        return new Step(new RecordedProcessor(target, place, exchange -> steps));
    }

    private final class Step extends DelegateAsyncProcessor {
        Step(Processor target) {
            super(target);
        }

        @Override
        public boolean process(Exchange exchange, AsyncCallback callback) {
            try {
                requireGoing();
                requireSize("the body", size(exchange.getMessage().getBody()));
            } catch (TrialEnded e) {
                exchange.setException(e);
                exchange.setRouteStop(true); // and no failure policy tries it again
                exchange.getExchangeExtension().setInterrupted(true);
                callback.done(true);
                return true;
            }
            return super.process(exchange, callback);
        }
    }

    /** Time and memory count from here on: the context has started. */
    void begin() {
        steps.restart();
        memory.begin();
    }

    /** To be called by whatever may go on for long. @throws TrialEnded if it must not */
    void requireGoing() {
        if (isOver) {
            throw new TrialEnded("the trial is over");
        }
        memory.requireRoom();
    }

    private void requireSize(String what, long size) {
        if (size > maxBody) {
            throw new TrialEnded(what + " is larger than " + maxBody + " bytes (caravan.routes.trial.max-body)");
        }
    }

    /** @param exchange null if a message was asked for */
    synchronized void call(Exchange exchange, String target, String stub) {
        if (!isOver && calls.size() < maxCalls) {
            calls.add(new TrialCall(
                    exchange == null ? null : StepRecording.step(exchange),
                    bounded(target),
                    exchange == null ? null : steps.message(exchange.getMessage()),
                    stub));
        }
    }

    synchronized void notTried(String name) {
        if (!isOver && notTried.size() < MAX_NAMES) {
            notTried.add(bounded(name));
        }
    }

    synchronized void log(String line) {
        if (!isOver && log.size() < MAX_LOG) {
            log.add(steps.text(line, MAX_LINE));
        }
    }

    /**
     * Ends the recording, unless it has ended: whatever goes on is not in it.
     *
     * @param body what the route left; null if it left none
     * @throws TrialEnded if that is too large
     */
    synchronized void ended(String body) {
        requireSize("the result", size(body));
        end(Outcome.ENDED, body, null);
    }

    /** The same for a trial that did not end well. */
    synchronized void failed(Throwable failure) {
        end(Outcome.FAILED, null, error(failure));
    }

    private void end(Outcome outcome, String body, String error) {
        if (isOver) {
            return;
        }
        isOver = true;
        steps.end(null);
        result.complete(new TrialResult(
                outcome,
                body,
                error,
                steps.micros(),
                steps.steps(),
                steps.moreSteps(),
                List.copyOf(calls),
                List.copyOf(notTried),
                List.copyOf(log)));
    }

    /** The end of the recording, which is now if it has not come by then. */
    TrialResult await(Duration timeout) throws InterruptedException {
        try {
            return result.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            synchronized (this) {
                end(Outcome.INTERRUPTED, null, "took longer than " + timeout.toMillis() + " ms");
            }
            return result.join(); // it may have ended a moment ago
        } catch (ExecutionException e) {
            throw new IllegalStateException("It never fails", e);
        }
    }

    private static long size(Object body) {
        if (body instanceof CharSequence text) {
            return text.length();
        }
        if (body instanceof byte[] bytes) {
            return bytes.length;
        }
        return body instanceof StreamCache cache ? cache.length() : 0;
    }

    private String error(Throwable failure) {
        Throwable root = NestedExceptionUtils.getMostSpecificCause(failure);
        return root instanceof TrialEnded ? root.getMessage() : steps.error(failure);
    }

    private static String bounded(String text) {
        return BodyText.beginning(text, MAX_NAME).text();
    }
}
