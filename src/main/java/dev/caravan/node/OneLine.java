package dev.caravan.node;

import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.pattern.MDCConverter;
import ch.qos.logback.classic.pattern.MessageConverter;
import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.pattern.DynamicConverter;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.Marker;
import org.slf4j.MarkerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.env.EnvironmentPostProcessor;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * Keeps each event of a text log on one line. Messages carry what users send; a line break in it would look like an event of
 * Caravan's own, and an escape sequence would command the terminal. Both are written as {@code \n} and <code>\</code>{@code
 * u001b}. The lines of a stack trace stay lines, indented. This holds for every pattern, also one of the operator's: Logback
 * looks here for {@code %m}, {@code %X} and {@code %ex}.
 */
class OneLine implements EnvironmentPostProcessor {
    /** On a message of Caravan's own that has several lines. */
    static final Marker LINES = MarkerFactory.getMarker("LINES");

    private static final String CAUSE = "Caused by: ";

    /** Before the logging system reads its patterns. */
    @Override
    public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
        Map<String, Supplier<DynamicConverter>> converters = PatternLayout.DEFAULT_CONVERTER_SUPPLIER_MAP;
        converters.put("m", Message::new);
        converters.put("msg", Message::new);
        converters.put("message", Message::new);
        converters.put("X", Context::new);
        converters.put("mdc", Context::new);
        converters.put("ex", Trace::new);
        converters.put("exception", Trace::new);
        converters.put("throwable", Trace::new);
    }

    /** A text without control characters but tabs, and without what else breaks or turns a line. */
    static String of(String text) {
        int first = 0;
        while (first < text.length() && !isControl(text.charAt(first))) {
            first++;
        }
        if (first == text.length()) {
            return text;
        }
        StringBuilder line = new StringBuilder(text.length() + 16).append(text, 0, first);
        for (int i = first; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\n') {
                line.append("\\n");
            } else if (c == '\r') {
                line.append("\\r");
            } else if (isControl(c)) {
                line.append("\\u%04x".formatted((int) c));
            } else {
                line.append(c);
            }
        }
        return line.toString();
    }

    private static boolean isControl(char c) {
        return c < ' ' && c != '\t'
                || c >= '\u007f' && c <= '\u009f'
                || c == '\u2028' // line separator
                || c == '\u2029' // paragraph separator
                || c >= '\u202a' && c <= '\u202e' // these turn the direction of what follows
                || c >= '\u2066' && c <= '\u2069';
    }

    /** What is not a frame or a cause is the rest of a message, and indented. */
    static String trace(String trace) {
        StringBuilder lines = new StringBuilder(trace.length() + 16);
        trace.lines().forEach(line -> {
            boolean own = lines.isEmpty() || line.startsWith("\t") || line.startsWith(CAUSE);
            lines.append(own ? "" : "\t").append(of(line)).append(System.lineSeparator());
        });
        return lines.toString();
    }

    private static final class Message extends MessageConverter {
        @Override
        public String convert(ILoggingEvent event) {
            String message = event.getFormattedMessage();
            boolean lines =
                    event.getMarkerList() != null && event.getMarkerList().contains(LINES);
            return message == null || lines ? message : of(message);
        }
    }

    private static final class Context extends MDCConverter {
        @Override
        public String convert(ILoggingEvent event) {
            return of(super.convert(event));
        }
    }

    private static final class Trace extends ThrowableProxyConverter {
        @Override
        protected String throwableProxyToString(IThrowableProxy thrown) {
            return trace(super.throwableProxyToString(thrown));
        }
    }
}
