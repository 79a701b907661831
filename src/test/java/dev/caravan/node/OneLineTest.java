package dev.caravan.node;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import org.springframework.core.env.StandardEnvironment;

class OneLineTest {
    private static final String FORGED = "2026-11-28 INFO audit : ada is admin";
    private static final LoggerContext LOGGERS = (LoggerContext) LoggerFactory.getILoggerFactory();

    @BeforeAll
    static void install() {
        new OneLine().postProcessEnvironment(new StandardEnvironment(), null);
    }

    private static LoggingEvent event(String message, Throwable thrown) {
        return new LoggingEvent("", LOGGERS.getLogger("job-hello"), Level.INFO, message, thrown, null);
    }

    private static String logged(LoggingEvent event) {
        PatternLayout layout = new PatternLayout();
        layout.setContext(LOGGERS);
        layout.setPattern("%p [%X{job}] %m%n%ex");
        layout.start();
        return layout.doLayout(event);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r", "\r\n", "\u0085", "\u2028", "\u2029", "\u000b", "\f"})
    void noMessageBeginsALine(String lineBreak) {
        assertThat(logged(event("said" + lineBreak + FORGED, null)).split("\\R"))
                .hasSize(1);
    }

    @Test
    void whatCannotBeSeenIsWrittenOut() {
        assertThat(logged(event("a\nb\r\u001b[31mred\u202eder\ttab ü 漢", null)))
                .isEqualTo("INFO [] a\\nb\\r\\u001b[31mred\\u202eder\ttab ü 漢" + System.lineSeparator());
    }

    @Test
    void noFieldOfTheContextBeginsALine() {
        LoggingEvent event = event("said", null);
        event.setMDCPropertyMap(Map.of("job", "1\n" + FORGED));
        assertThat(logged(event).split("\\R")).hasSize(1);
    }

    @Test
    void theMessageOfAnExceptionIsIndented() {
        Exception thrown = new IllegalStateException(
                "one\n" + FORGED, new IllegalArgumentException("two\r\n" + FORGED + "\u001b[2J"));
        String[] lines = logged(event("failed", thrown)).split("\\R");
        assertThat(lines).contains("java.lang.IllegalStateException: one", "\t" + FORGED);
        assertThat(lines).contains("Caused by: java.lang.IllegalArgumentException: two");
        assertThat(lines).allMatch(line -> line.matches("INFO .*|java\\.lang.*|Caused by: .*|\t.*"));
        assertThat(lines).anyMatch(line -> line.startsWith("\tat dev.caravan.node.OneLineTest"));
        assertThat(lines).noneMatch(line -> line.contains("\u001b"));
    }

    @Test
    void caravansOwnLinesStayLines() {
        LoggingEvent event = event("ready\n  Dashboard", null);
        event.addMarker(OneLine.LINES);
        assertThat(logged(event).split("\\R")).containsExactly("INFO [] ready", "  Dashboard");
    }
}
