package dev.caravan.component.stomp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DestinationPatternTest {
    @Test
    void aNameInBracesStandsForOnePart() {
        DestinationPattern pattern = DestinationPattern.of("/topic/{country}/{city}");

        assertThat(pattern.match("/topic/fr/paris")).isEqualTo(Map.of("country", "fr", "city", "paris"));
        assertThat(pattern.match("/topic/fr")).isNull();
        assertThat(pattern.match("/topic/fr/paris/louvre")).isNull();
        assertThat(pattern.match("/queue/fr/paris")).isNull();
        assertThat(DestinationPattern.of("/queue/orders").match("/queue/orders"))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/topic/",
                "/topic/a b",
                "/topic/a\nb",
                "/topic/*",
                "/topic/#",
                "/topic/>",
                "/topic/{a}",
                "/topic/[a]",
                "/topic/\u200b"
            })
    void clientsPutNoPatternsAndNothingInvisibleThere(String destination) {
        assertThat(DestinationPattern.of("/topic/{name}").match(destination)).isNull();
    }

    @Test
    void theNameOfAQueueFitsTheBroker() {
        DestinationPattern pattern = DestinationPattern.of("/queue/{name}");

        assertThat(pattern.match("/queue/" + "\u20ac".repeat(73))).isNotNull();
        assertThat(pattern.match("/queue/" + "\u20ac".repeat(74))).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/receive-endpoint/a",
                "/topics/a",
                "/topic",
                "/topic/",
                "/topic/a//b",
                "/topic/{a}/{a}",
                "/topic/{a}b",
                "/topic/{}",
                "/topic/a b"
            })
    void rejectsWhatCannotBeADestination(String text) {
        assertThatThrownBy(() -> DestinationPattern.of(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({"/topic/a/{x}, /topic/{x}/b", "/topic/a/b, /topic/a/{x}", "/topic/{x}/b, /topic/{x}/{y}"})
    void textComesBeforeAName(String first, String second) {
        assertThat(DestinationPattern.of(first).isBefore(DestinationPattern.of(second)))
                .isTrue();
        assertThat(DestinationPattern.of(second).isBefore(DestinationPattern.of(first)))
                .isFalse();
    }

    @Test
    void patternsThatDifferInNamesAloneHaveOneShape() {
        assertThat(DestinationPattern.of("/topic/{a}/b").shape())
                .isEqualTo(DestinationPattern.of("/topic/{c}/b").shape())
                .isNotEqualTo(DestinationPattern.of("/topic/{a}/c").shape());
    }
}
