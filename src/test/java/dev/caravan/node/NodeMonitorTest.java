package dev.caravan.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class NodeMonitorTest {
    private static final List<String> LISTED = List.of("me", "i1", "i2");

    private final InstantSource source = () -> this.now;
    private Instant now = Instant.EPOCH;
    private final NodeMonitor monitor = new NodeMonitor("me", new Clock() {
        @Override
        public Instant instant() {
            return source.instant();
        }

        @Override
        public ZoneOffset getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(java.time.ZoneId zone) {
            return this;
        }
    });

    /** Two seconds later, the listed instances with these names; null where the state has expired. */
    private void check(List<String> listed, String... names) {
        later(Duration.ofSeconds(2), listed, names);
    }

    private void later(Duration pause, List<String> listed, String... names) {
        now = now.plus(pause);
        monitor.check(
                Arrays.stream(names)
                        .map(name -> name == null ? null : "{\"name\":\"" + name + "\",\"state\":\"UP\"}")
                        .toList(),
                listed);
    }

    private static List<String> lines(CapturedOutput output) {
        return output.getOut()
                .lines()
                .flatMap(line -> Stream.of(line.replaceFirst(".*NodeMonitor *: ", "")))
                .toList();
    }

    @Test
    void saysWhoIsThereAlready(CapturedOutput output) {
        check(LISTED, "self", "front", "back");
        check(LISTED, "self", "front", "back");
        assertThat(lines(output)).containsExactly("Other nodes: front, back");
    }

    @Test
    void aNodeAloneSaysNothing(CapturedOutput output) {
        check(List.of("me"), "self");
        check(List.of("me"), "self");
        assertThat(output.getOut()).isEmpty();
    }

    @Test
    void saysWhoHasJoinedAndWhoHasLeft(CapturedOutput output) {
        check(List.of("me"), "self");
        check(LISTED, "self", "front", "back");
        check(List.of("me", "i2"), "self", "back");
        check(List.of("me", "i2"), "self", "back");
        assertThat(lines(output))
                .containsExactly("Node front has joined", "Node back has joined", "Node front has left");
    }

    @Test
    void saysOnceWhoIsGoneWithoutAWord(CapturedOutput output) {
        check(LISTED, "self", "front", "back");
        check(LISTED, "self", null, "back");
        check(LISTED, "self", null, "back");
        check(LISTED, "self", "front", "back");
        assertThat(lines(output))
                .containsExactly(
                        "Other nodes: front, back", "Node front is gone: no heartbeat for 6 s", "Node front is back");
        assertThat(output).contains("WARN");
    }

    /** While Redis was away nobody could write. */
    @Test
    void isPatientAfterATimeWithoutRedis(CapturedOutput output) {
        check(LISTED, "self", "front", "back");
        later(Duration.ofSeconds(20), List.of("me"), "self");
        check(LISTED, "self", "front", null);
        check(LISTED, "self", "front", null);
        assertThat(lines(output)).containsExactly("Other nodes: front, back");
        check(LISTED, "self", "front", null);
        assertThat(lines(output)).last().asString().startsWith("Node back is gone");
    }
}
