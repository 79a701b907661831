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
    private static final List<String> PLACES = List.of("me", "i1", "i2");

    private final InstantSource source = () -> this.now;
    private Instant now = Instant.EPOCH;
    private final NodeMonitor watch = new NodeMonitor("me", new Clock() {
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

    /** Two seconds later, the places with these names; null where nothing is written. */
    private void look(List<String> places, String... names) {
        later(Duration.ofSeconds(2), places, names);
    }

    private void later(Duration pause, List<String> places, String... names) {
        now = now.plus(pause);
        watch.look(
                Arrays.stream(names)
                        .map(name -> name == null ? null : "{\"name\":\"" + name + "\",\"state\":\"UP\"}")
                        .toList(),
                places);
    }

    private static List<String> lines(CapturedOutput output) {
        return output.getOut()
                .lines()
                .flatMap(line -> Stream.of(line.replaceFirst(".*NodeWatch *: ", "")))
                .toList();
    }

    @Test
    void saysWhoIsThereAlready(CapturedOutput output) {
        look(PLACES, "self", "front", "back");
        look(PLACES, "self", "front", "back");
        assertThat(lines(output)).containsExactly("Other nodes: front, back");
    }

    @Test
    void aNodeAloneSaysNothing(CapturedOutput output) {
        look(List.of("me"), "self");
        look(List.of("me"), "self");
        assertThat(output.getOut()).isEmpty();
    }

    @Test
    void saysWhoHasJoinedAndWhoHasLeft(CapturedOutput output) {
        look(List.of("me"), "self");
        look(PLACES, "self", "front", "back");
        look(List.of("me", "i2"), "self", "back");
        look(List.of("me", "i2"), "self", "back");
        assertThat(lines(output))
                .containsExactly("Node front has joined", "Node back has joined", "Node front has left");
    }

    @Test
    void saysOnceWhoIsGoneWithoutAWord(CapturedOutput output) {
        look(PLACES, "self", "front", "back");
        look(PLACES, "self", null, "back");
        look(PLACES, "self", null, "back");
        look(PLACES, "self", "front", "back");
        assertThat(lines(output))
                .containsExactly(
                        "Other nodes: front, back",
                        "Node front is gone: it has not been heard for 6 s",
                        "Node front is back");
        assertThat(output).contains("WARN");
    }

    /** While Redis was away nobody could write. */
    @Test
    void isPatientAfterATimeWithoutRedis(CapturedOutput output) {
        look(PLACES, "self", "front", "back");
        later(Duration.ofSeconds(20), List.of("me"), "self");
        look(PLACES, "self", "front", null);
        look(PLACES, "self", "front", null);
        assertThat(lines(output)).containsExactly("Other nodes: front, back");
        look(PLACES, "self", "front", null);
        assertThat(lines(output)).last().asString().startsWith("Node back is gone");
    }
}
