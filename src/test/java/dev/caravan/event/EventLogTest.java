package dev.caravan.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class EventLogTest {
    private long nanos;
    private EventLog log = new EventLog(10, 1000, () -> nanos);

    private void add(int... ids) {
        for (int id : ids) {
            log.add(event(null, id, 1));
        }
    }

    private static Event event(String key, int id, int bytes) {
        return new Event("" + id, key, Instant.EPOCH, "event " + id, bytes);
    }

    /** The ids that are read, and {@code gap}. */
    private List<String> read(EventLog.Reader reader) {
        List<String> read = new ArrayList<>();
        for (EventLog.Read next = log.next(reader); next != null; next = log.next(reader)) {
            read.add(next.event() == null ? "gap" : next.event().id());
        }
        return read;
    }

    @Test
    void whoBeginsNowReadsWhatComesFromNowOn() {
        add(1);
        EventLog.Reader reader = log.readFromEnd(null);
        assertThat(read(reader)).isEmpty();
        add(2, 3);
        assertThat(read(reader)).containsExactly("2", "3");
        assertThat(read(reader)).isEmpty();
    }

    @Test
    void whoComesAgainReadsWhatCameAfterTheLast() {
        add(1, 2, 3, 4);
        assertThat(read(log.readAfter(null, "2", true))).containsExactly("3", "4");
        assertThat(read(log.readAfter(null, "4", true))).isEmpty();
    }

    @Test
    void whoseLastEventIsGoneReadsAllThatIsThereBehindAGap() {
        for (int id = 0; id < 15; id++) {
            add(id);
        }
        assertThat(read(log.readAfter(null, "4", true)))
                .startsWith("gap", "5", "6")
                .endsWith("14")
                .hasSize(11);
        assertThat(read(log.readAfter(null, "5", true))).startsWith("6").hasSize(9);
    }

    @Test
    void whoReadsTooSlowlyIsToldWhereSomethingIsMissing() {
        EventLog.Reader reader = log.readFromEnd(null);
        add(1);
        assertThat(read(reader)).containsExactly("1");
        for (int id = 2; id < 20; id++) {
            add(id);
        }
        assertThat(read(reader)).startsWith("gap", "10").hasSize(11);
    }

    @Test
    void itIsBoundedBySizeToo() {
        EventLog.Reader reader = log.readFromEnd(null);
        for (int id = 0; id < 5; id++) {
            log.add(event(null, id, 300));
        }
        assertThat(read(reader)).containsExactly("gap", "2", "3", "4");
        log.add(event(null, 9, 5000));
        assertThat(read(log.readAfter(null, "?", true))).containsExactly("gap", "9");
    }

    @Test
    void aKeyIsReadByThoseWhoFollowItAlone() {
        EventLog.Reader all = log.readFromEnd(null);
        EventLog.Reader a = log.readFromEnd("a");
        log.add(event("a", 1, 1));
        add(2);
        log.add(event("b", 3, 1));
        log.add(event("a", 4, 1));
        assertThat(read(all)).containsExactly("2");
        assertThat(read(a)).containsExactly("1", "4");
    }

    @Test
    void aKeyThatWasNotFollowedForAWhileLeavesAGapForThoseWhoFollowIt() {
        log.add(event("a", 1, 1));
        log.gap("a");
        log.add(event("a", 2, 1));
        add(3);
        assertThat(read(log.readAfter("a", "1", true))).containsExactly("gap", "2");
        assertThat(read(log.readAfter(null, "1", true))).containsExactly("3");
    }

    @Test
    void aLostConnectionLeavesAGapForAll() {
        EventLog.Reader all = log.readFromEnd(null);
        EventLog.Reader a = log.readFromEnd("a");
        add(1);
        log.gap();
        add(2);
        assertThat(read(all)).containsExactly("1", "gap", "2");
        assertThat(read(a)).containsExactly("gap");
    }

    @Test
    void whoComesFromAnotherNodeReadsWhatCameJustBeforeOnceMore() {
        log = new EventLog(1000, 1_000_000, () -> nanos);
        for (int id = 0; id < 200; id++) {
            add(id);
            nanos += TimeUnit.MILLISECONDS.toNanos(100);
        }
        List<String> read = read(log.readAfter(null, "150", false));
        assertThat(read).startsWith("100").endsWith("199").hasSize(100);

        nanos += TimeUnit.MINUTES.toNanos(1);
        add(200);
        assertThat(read(log.readAfter(null, "200", false)))
                .as("few, but some")
                .startsWith("180")
                .hasSize(21);
        assertThat(read(log.readAfter(null, "3", false))).as("from the first").startsWith("0");
    }

    @Test
    void ofTwoWithTheSameIdTheLaterOneCounts() {
        add(7, 1, 7, 2);
        assertThat(read(log.readAfter(null, "7", true))).containsExactly("2");
        for (int id = 100; id < 107; id++) {
            add(id);
        }
        assertThat(read(log.readAfter(null, "7", true))).as("the first is gone").startsWith("2", "100");
    }
}
