package dev.caravan.routes.recording;

import dev.caravan.component.BodyText;
import dev.caravan.component.BodyText.Beginning;
import dev.caravan.component.Causes;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.Message;
import org.apache.camel.util.URISupport;
import org.springframework.core.NestedExceptionUtils;

/**
 * The steps that an exchange passes, and those that it sets off, up to bounds. What goes on after its end is not in it. It never
 * fails the exchange. Thread-safe.
 *
 * <p>With messages it has the first steps. Without them it is so cheap that every exchange may have one; it has the latest steps,
 * and of what failed last the message.
 */
public final class StepRecording {
    /** The step that an exchange, or the one that it is a copy of, has come to last. */
    private static final String STEP = "CaravanRecordedStep";

    private static final int MAX_HEADERS = 50;
    private static final int MAX_HEADER = 256;
    private static final int MAX_ERROR = 1000;

    private final Bounds bounds;
    private final Masking masking;
    private final boolean withMessages;
    private final List<PassedStep> passed = new ArrayList<>();
    private Object lastBody;
    private Beginning lastText;
    private long charactersLeft;
    private int begun;
    /** What failed last, where messages are not recorded. */
    private PassedStep failed;

    private Message failedMessage;
    private volatile Object entry;
    private volatile boolean isOver;
    private long began = System.nanoTime();
    private long ended;

    /**
     * How much is recorded.
     *
     * @param steps how many
     * @param body characters of a body
     * @param all characters of all bodies, headers and texts
     */
    public record Bounds(int steps, int body, long all) {}

    /** One with messages. */
    public StepRecording(Bounds bounds, Masking masking) {
        this(bounds, masking, true);
    }

    private StepRecording(Bounds bounds, Masking masking, boolean withMessages) {
        this.bounds = bounds;
        this.masking = masking;
        this.withMessages = withMessages;
        this.charactersLeft = bounds.all();
    }

    /** One that notes when each step began and ended. */
    public static StepRecording ofTimes(Bounds bounds, Masking masking) {
        return new StepRecording(bounds, masking, false);
    }

    /** The recording that an exchange is in; null if it is in none. */
    public static StepRecording of(Exchange exchange) {
        return exchange.getProperty(STEP) instanceof PassedStep step ? step.recording : null;
    }

    /** From here on the steps of an exchange are recorded here, and those of its copies. */
    public void enter(Exchange exchange) {
        enter(exchange, null);
    }

    /** @param place where it enters */
    public void enter(Exchange exchange, Object place) {
        entry = place;
        exchange.setProperty(STEP, PassedStep.none(this));
    }

    /** Whether an exchange has entered here, and is in no step: it has not come here again within one. */
    public boolean hasEntered(Exchange exchange, Object place) {
        return entry == place && !isOver && current(exchange) == null;
    }

    public boolean isOver() {
        return isOver;
    }

    public static void leave(Exchange exchange) {
        exchange.removeProperty(STEP);
    }

    /** The number of the step in which an exchange is, in a recording with messages; null if it is in none. */
    public static Integer step(Exchange exchange) {
        PassedStep step = current(exchange);
        return step == null ? null : step.number;
    }

    /** Without a write when a step ends: an exchange is in the innermost step that has not, of those that it has come to itself. */
    private static PassedStep current(Exchange exchange) {
        PassedStep step = exchange.getProperty(STEP) instanceof PassedStep last ? last : null;
        int self = System.identityHashCode(exchange);
        while (step != null && step.isEnded() && step.exchange == self) {
            step = step.parent;
        }
        return step == null || step.place == null ? null : step;
    }

    public boolean hasMessages() {
        return withMessages;
    }

    /** Time counts from here on. */
    public synchronized void restart() {
        began = System.nanoTime();
    }

    /** @return the step, in which the exchange is from here on; null if it is not recorded */
    synchronized PassedStep begin(Exchange exchange, StepPlace place) {
        if (isOver) {
            return null;
        }
        begun++;
        if (passed.size() >= bounds.steps() && !hasForgotten()) {
            return null;
        }
        PassedStep step = new PassedStep(this, passed.size(), exchange, current(exchange), place);
        if (withMessages) {
            step.before = message(exchange.getMessage());
            if (step.parent != null) {
                step.parent.hasSteps = true;
            }
        }
        passed.add(step);
        exchange.setProperty(STEP, step);
        return step;
    }

    /** Makes room for later steps, if it is them that count. */
    private boolean hasForgotten() {
        if (withMessages) {
            return false;
        }
        int before = passed.size();
        int kept = before / 2;
        int[] left = {before - kept};
        passed.removeIf(step -> step.isEnded() && left[0]-- > 0);
        return passed.size() < before;
    }

    /** The exchange is where it was before. */
    void end(Exchange exchange, PassedStep step) {
        if (isOver) {
            return;
        }
        Exception failure = exchange.getException();
        step.failure = failure;
        if (withMessages) {
            note(exchange, step);
        } else if (failure != null) {
            noteFailure(exchange, step);
        }
        step.end();
        if (exchange.getProperty(STEP) instanceof PassedStep last && last.exchange != step.exchange) {
            exchange.setProperty(
                    STEP, step); // it has taken over the properties of a copy, as after a split with an aggregation
        }
    }

    private synchronized void note(Exchange exchange, PassedStep step) {
        if (!isOver) {
            step.after = message(exchange.getMessage());
            step.target = target(exchange, step);
        }
    }

    /** Camel notes in the exchange which endpoint it called last: a step within may have called another one. */
    private static String target(Exchange exchange, PassedStep step) {
        if (!step.place.isDynamic() || step.hasSteps) {
            return step.place.target();
        }
        String last = exchange.getProperty(ExchangePropertyKey.TO_ENDPOINT, String.class);
        return last == null ? null : URISupport.sanitizeUri(last);
    }

    /** The innermost step of a failure comes first. */
    private synchronized void noteFailure(Exchange exchange, PassedStep step) {
        if (!isOver && (failed == null || !Causes.has(step.failure, failed.failure))) {
            failed = step;
            failedMessage = exchange.getMessage();
        }
    }

    /**
     * Ends it.
     *
     * @param failure that of the exchange; null if it ended well
     */
    public synchronized void end(Throwable failure) {
        if (isOver) {
            return;
        }
        isOver = true;
        ended = System.nanoTime();
        if (failed != null && Causes.has(failure, failed.failure)) {
            failed.after = message(failedMessage);
        }
        failedMessage = null;
    }

    /** In the order in which they began. */
    public synchronized List<RecordedStep> steps() {
        Map<PassedStep, Integer> numbers = new IdentityHashMap<>();
        List<RecordedStep> steps = new ArrayList<>(passed.size());
        for (PassedStep step : passed) {
            int number = steps.size();
            boolean isEnded = step.isEnded();
            numbers.put(step, number);
            steps.add(new RecordedStep(
                    number,
                    parent(step, numbers),
                    step.place.route().id(),
                    step.place.id(),
                    step.place.kind(),
                    step.place.line(),
                    step.target,
                    micros(step.began),
                    isEnded ? micros(step.ended()) - micros(step.began) : null,
                    step.before,
                    step.after,
                    isEnded && step.failure != null ? error(step.failure) : null));
        }
        return steps;
    }

    /** Null if none is left. */
    private static Integer parent(PassedStep step, Map<PassedStep, Integer> numbers) {
        PassedStep parent = step.parent;
        while (parent != null && !numbers.containsKey(parent)) {
            parent = parent.parent;
        }
        return parent == null ? null : numbers.get(parent);
    }

    /** How many more there were. */
    public synchronized int moreSteps() {
        return begun - passed.size();
    }

    /** Another number whenever a step has begun or ended. */
    public synchronized long changes() {
        return ((long) begun << Integer.SIZE)
                + passed.stream().filter(PassedStep::isEnded).count();
    }

    /** Those that the steps are of, in the order in which they were reached. */
    public synchronized List<RecordedRoute> routes() {
        return passed.stream().map(step -> step.place.route()).distinct().toList();
    }

    /** How long it has gone on. */
    public synchronized long micros() {
        return micros(isOver ? ended : System.nanoTime());
    }

    private long micros(long nanos) {
        return (nanos - began) / 1000;
    }

    /** What counts among the characters of the recording. */
    public synchronized RecordedMessage message(Message message) {
        Object body = message.getBody();
        Beginning text = beginning(body);
        String shown = taken(text.text());
        boolean cut =
                text.isCut() || shown != null && shown.length() < text.text().length();
        Map<String, String> headers = new LinkedHashMap<>();
        for (Map.Entry<String, Object> header : message.getHeaders().entrySet()) {
            if (headers.size() == MAX_HEADERS || charactersLeft == 0) {
                cut = true;
                break;
            }
            Beginning value = shown(() -> masking.header(header.getKey(), header.getValue(), MAX_HEADER));
            cut |= value.isCut();
            headers.put(taken(BodyText.beginning(header.getKey(), MAX_HEADER).text()), taken(value.text()));
        }
        return new RecordedMessage(shown, body == null ? null : body.getClass().getSimpleName(), cut, headers);
    }

    /** What one step leaves is what the next one gets: of a body that nobody can change the text is made once. */
    private Beginning beginning(Object body) {
        if (body == null || body != lastBody) {
            lastText = shown(() -> masking.body(body, bounds.body()));
            lastBody = body instanceof String ? body : null;
        }
        return lastText;
    }

    /** A body, or a failure, may be of any class, and fail whoever asks for its text. */
    private static Beginning shown(Supplier<Beginning> text) {
        try {
            return text.get();
        } catch (RuntimeException | StackOverflowError e) {
            return new Beginning("(cannot be shown: " + e.getClass().getSimpleName() + ")", true);
        }
    }

    /** A text that counts among the characters of the recording. */
    public synchronized String text(String text, int max) {
        return taken(BodyText.beginning(text, max).text());
    }

    private String taken(String text) {
        if (text == null) {
            return null;
        }
        String taken = text.substring(0, (int) Math.min(text.length(), charactersLeft));
        charactersLeft -= taken.length();
        return taken;
    }

    /** The message of a failure, and that of its cause if it says more. */
    public String error(Throwable failure) {
        return shown(() -> {
                    String cause = message(NestedExceptionUtils.getMostSpecificCause(failure));
                    String message = message(failure);
                    String whole = message.contains(cause) ? message : message + ": " + cause;
                    return BodyText.beginning(masking.error(whole), MAX_ERROR);
                })
                .text();
    }

    private static String message(Throwable failure) {
        String message = failure.getMessage();
        return message == null || message.isBlank() ? failure.getClass().getSimpleName() : message.strip();
    }
}
