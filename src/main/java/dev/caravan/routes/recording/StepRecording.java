package dev.caravan.routes.recording;

import dev.caravan.component.BodyText;
import dev.caravan.component.BodyText.Beginning;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.springframework.core.NestedExceptionUtils;

/**
 * The steps that an exchange passes, and those that it sets off, up to bounds. What goes on after its end is not in it. It never
 * fails the exchange. Thread-safe.
 */
public final class StepRecording {
    /** The number of the step in which an exchange is. */
    private static final String STEP = "CaravanRecordedStep";
    /** The recording that an exchange is in. */
    private static final String RECORDING = "CaravanRecording";

    private static final int MAX_HEADERS = 50;
    private static final int MAX_HEADER = 256;
    private static final int MAX_ERROR = 1000;

    private final Bounds bounds;
    private final Masking masking;
    private final List<RecordedStep> steps = new ArrayList<>();
    private final Set<RecordedRoute> routes = new LinkedHashSet<>();
    private Object lastBody;
    private Beginning lastText;
    private long charactersLeft;
    private int moreSteps;
    private boolean isOver;
    private long began = System.nanoTime();

    /**
     * How much is recorded.
     *
     * @param steps how many
     * @param body characters of a body
     * @param all characters of all bodies, headers and texts
     */
    public record Bounds(int steps, int body, long all) {}

    public StepRecording(Bounds bounds, Masking masking) {
        this.bounds = bounds;
        this.masking = masking;
        this.charactersLeft = bounds.all();
    }

    /** The recording that an exchange is in; null if it is in none. */
    public static StepRecording of(Exchange exchange) {
        return exchange.getProperty(RECORDING) instanceof StepRecording recording ? recording : null;
    }

    /** From here on the steps of an exchange are recorded here, and those of its copies. */
    public void enter(Exchange exchange) {
        exchange.setProperty(RECORDING, this);
    }

    public static void leave(Exchange exchange) {
        exchange.removeProperty(RECORDING);
    }

    /** The number of the step in which an exchange is; null if it is in none. */
    public static Integer step(Exchange exchange) {
        return exchange.getProperty(STEP, Integer.class);
    }

    /** Time counts from here on. */
    public synchronized void restart() {
        began = System.nanoTime();
    }

    /** @return the number of the step, in which the exchange is from here on; null if it is not recorded */
    synchronized Integer begin(Exchange exchange, StepPlace place) {
        if (isOver) {
            return null;
        }
        if (steps.size() >= bounds.steps()) {
            moreSteps++;
            return null;
        }
        int number = steps.size();
        routes.add(place.route());
        steps.add(new RecordedStep(
                number,
                step(exchange),
                place.route().id(),
                place.id(),
                place.kind(),
                place.line(),
                micros(),
                null,
                message(exchange.getMessage()),
                null,
                null));
        exchange.setProperty(STEP, number);
        return number;
    }

    /** The exchange is where it was before. */
    synchronized void end(Exchange exchange, int number) {
        RecordedStep begun = steps.get(number);
        exchange.setProperty(STEP, begun.parent());
        if (!isOver) {
            steps.set(
                    number,
                    new RecordedStep(
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

    /** Ends it. */
    public synchronized void end() {
        isOver = true;
    }

    /** In the order in which they began. */
    public synchronized List<RecordedStep> steps() {
        return List.copyOf(steps);
    }

    /** How many more there were. */
    public synchronized int moreSteps() {
        return moreSteps;
    }

    /** Those that the steps are of, in the order in which they were reached. */
    public synchronized List<RecordedRoute> routes() {
        return List.copyOf(routes);
    }

    /** How long it has gone on. */
    public synchronized long micros() {
        return (System.nanoTime() - began) / 1000;
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
