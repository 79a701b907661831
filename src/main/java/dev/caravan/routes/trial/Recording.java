package dev.caravan.routes.trial;

import dev.caravan.component.BodyText;
import dev.caravan.component.BodyText.Beginning;
import dev.caravan.routes.check.StepLines;
import dev.caravan.routes.trial.TrialResult.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.camel.AsyncCallback;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.NamedNode;
import org.apache.camel.Processor;
import org.apache.camel.StreamCache;
import org.apache.camel.model.OptionalIdentifiedDefinition;
import org.apache.camel.spi.InterceptStrategy;
import org.apache.camel.support.CamelContextHelper;
import org.apache.camel.support.processor.DelegateAsyncProcessor;
import org.springframework.core.NestedExceptionUtils;

/**
 * What a trial does, as it does it. After its end, or when a body is too large, it lets no step begin: so ends a route that
 * would go round for ever. Thread-safe.
 */
final class Recording implements InterceptStrategy {
    /** The number of the step in which an exchange is. */
    private static final String STEP = "CaravanTrialStep";

    private static final int MAX_BODY = 4096;
    private static final int MAX_HEADERS = 50;
    private static final int MAX_HEADER = 256;
    private static final int MAX_LOG = 200;
    private static final int MAX_NAMES = 100;
    private static final int MAX_ERROR = 1000;

    private final StepLines lines;
    private final int maxSteps;
    private final long maxBody;
    private final TrialMemory memory;
    private final List<TrialStep> steps = new ArrayList<>();
    private final List<TrialCall> calls = new ArrayList<>();
    private final List<String> log = new ArrayList<>();
    private final Set<String> notTried = new LinkedHashSet<>();
    private long charactersLeft;
    private int moreSteps;
    private volatile boolean isOver;
    private final CompletableFuture<TrialResult> result = new CompletableFuture<>();
    private long began = System.nanoTime();

    Recording(StepLines lines, TrialSettings settings) {
        this.lines = lines;
        this.maxSteps = settings.maxSteps();
        this.maxBody = settings.maxBody().toBytes();
        this.memory = new TrialMemory(settings.mostMemory());
        this.charactersLeft = settings.maxRecording().toBytes();
    }

    @Override
    public Processor wrapProcessorInInterceptors(
            CamelContext context, NamedNode definition, Processor target, Processor nextTarget) {
        String route = CamelContextHelper.getRouteId(definition);
        String id = definition instanceof OptionalIdentifiedDefinition<?> known && known.hasCustomIdAssigned()
                ? definition.getId()
                : null;
        Integer line = lines.of(route, definition).orElse(null);
        return new Step(target, route, id, definition.getShortName(), line);
    }

    private final class Step extends DelegateAsyncProcessor {
        private final String route;
        private final String id;
        private final String kind;
        private final Integer line;

        Step(Processor target, String route, String id, String kind, Integer line) {
            super(target);
            this.route = route;
            this.id = id;
            this.kind = kind;
            this.line = line;
        }

        @Override
        public boolean process(Exchange exchange, AsyncCallback callback) {
            Integer parent = exchange.getProperty(STEP, Integer.class);
            Integer number;
            try {
                number = begin(exchange, parent, this);
            } catch (TrialEnded e) {
                exchange.setException(e);
                exchange.setRouteStop(true); // and no failure policy tries it again
                exchange.getExchangeExtension().setInterrupted(true);
                callback.done(true);
                return true;
            }
            if (number == null) {
                return super.process(exchange, callback);
            }
            exchange.setProperty(STEP, number);
            return super.process(exchange, doneSync -> {
                end(exchange, number);
                exchange.setProperty(STEP, parent);
                callback.done(doneSync);
            });
        }
    }

    /** Time and memory count from here on: the context has started. */
    synchronized void begin() {
        began = System.nanoTime();
        memory.begin();
    }

    /** To be called by whatever may go on for long. @throws TrialEnded if it must not */
    void requireGoing() {
        if (isOver) {
            throw new TrialEnded("the trial is over");
        }
        memory.requireRoom();
    }

    /** @return its number; null if no more steps are recorded */
    private synchronized Integer begin(Exchange exchange, Integer parent, Step step) {
        requireGoing();
        requireSize("the body", size(exchange.getMessage().getBody()));
        if (steps.size() >= maxSteps) {
            moreSteps++;
            return null;
        }
        int number = steps.size();
        TrialMessage before = message(exchange.getMessage());
        steps.add(new TrialStep(
                number, parent, step.route, step.id, step.kind, step.line, micros(), null, before, null, null));
        return number;
    }

    private void requireSize(String what, long size) {
        if (size > maxBody) {
            throw new TrialEnded(what + " is larger than " + maxBody + " bytes (caravan.routes.trial.max-body)");
        }
    }

    private synchronized void end(Exchange exchange, int number) {
        if (!isOver) {
            TrialStep begun = steps.get(number);
            steps.set(
                    number,
                    new TrialStep(
                            number,
                            begun.parent(),
                            begun.route(),
                            begun.id(),
                            begun.kind(),
                            begun.line(),
                            begun.startMicros(),
                            micros() - begun.startMicros(),
                            begun.before(),
                            message(exchange.getMessage()),
                            exchange.getException() == null ? null : error(exchange.getException())));
        }
    }

    private long micros() {
        return (System.nanoTime() - began) / 1000;
    }

    /** @param exchange null if a message was asked for */
    synchronized void call(Exchange exchange, String target, String stub) {
        if (!isOver && calls.size() < maxSteps) {
            calls.add(new TrialCall(
                    exchange == null ? null : exchange.getProperty(STEP, Integer.class),
                    bounded(target),
                    exchange == null ? null : message(exchange.getMessage()),
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
            log.add(taken(BodyText.beginning(line, MAX_ERROR)));
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
        result.complete(new TrialResult(
                outcome,
                body,
                error,
                micros(),
                List.copyOf(steps),
                moreSteps,
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

    private TrialMessage message(Message message) {
        Object body = message.getBody();
        Beginning text = BodyText.beginning(body, (int) Math.min(MAX_BODY, charactersLeft));
        boolean cut = text.isCut();
        String shown = taken(text);
        Map<String, String> headers = new LinkedHashMap<>();
        for (Map.Entry<String, Object> header : message.getHeaders().entrySet()) {
            if (headers.size() == MAX_HEADERS || charactersLeft == 0) {
                cut = true;
                break;
            }
            Beginning value = BodyText.beginning(header.getValue(), MAX_HEADER);
            cut |= value.isCut();
            headers.put(taken(BodyText.beginning(header.getKey(), MAX_HEADER)), taken(value));
        }
        String type = body == null ? null : body.getClass().getSimpleName();
        return new TrialMessage(shown, type, cut, headers);
    }

    private String taken(Beginning text) {
        if (text.text() == null) {
            return null;
        }
        String taken = text.text().substring(0, (int) Math.min(text.text().length(), charactersLeft));
        charactersLeft -= taken.length();
        return taken;
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

    /** Its message, and that of its cause if it says more. */
    private static String error(Throwable failure) {
        Throwable root = NestedExceptionUtils.getMostSpecificCause(failure);
        String cause = message(root);
        String message = root instanceof TrialEnded ? cause : message(failure);
        return BodyText.beginning(message.contains(cause) ? message : message + ": " + cause, MAX_ERROR)
                .text();
    }

    private static String message(Throwable failure) {
        String message = failure.getMessage();
        return message == null || message.isBlank() ? failure.getClass().getSimpleName() : message.strip();
    }

    private static String bounded(String text) {
        return BodyText.beginning(text, MAX_HEADER).text();
    }
}
