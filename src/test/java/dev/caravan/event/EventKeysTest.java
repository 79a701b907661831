package dev.caravan.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.timeout;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EventKeysTest {
    private static final int SOON = 30_000;

    @Test
    void aKeyIsAskedForOnceAndGivenUpAWhileAfterTheLast() {
        try (Events events = new Events(50)) {
            events.keys.acquire("a");
            events.keys.acquire("a");
            events.keys.release("a");
            events.keys.acquire("b");
            events.keys.release("b");

            verify(events.queues, timeout(SOON)).unbindKey("b");
            verify(events.queues, times(1)).bindKey("a");
            verify(events.queues, never()).unbindKey("a");
            events.keys.release("a");
            verify(events.queues, timeout(SOON)).unbindKey("a");
        }
    }

    @Test
    void whoComesAgainInTimeHasMissedNothing() {
        try (Events events = new Events(600_000)) {
            EventLog.Reader reader = events.log.readFromEnd("a");
            events.keys.acquire("a");
            assertThat(events.log.next(reader).event())
                    .as("the mark of a beginning")
                    .isNull();
            events.keys.release("a");
            events.keys.acquire("a");
            assertThat(events.log.next(reader)).isNull();
            verify(events.queues, times(1)).bindKey("a");
        }
    }

    @ParameterizedTest
    @CsvSource({"a, true", "A-z.0_9:x, true", "'', false", "a b, false", "a/b, false", "ü, false", "*, false"})
    void aKeyHasAForm(String text, boolean isKey) {
        assertThat(EventKeys.isKey(text)).isEqualTo(isKey);
        assertThat(EventKeys.isKey("a".repeat(100))).isTrue();
        assertThat(EventKeys.isKey("a".repeat(101))).isFalse();
        assertThat(EventKeys.isKey(null)).isFalse();
    }
}
