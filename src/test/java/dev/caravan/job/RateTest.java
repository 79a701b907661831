package dev.caravan.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RateTest {

    @ParameterizedTest
    @CsvSource({"10/s,100000,10", "100/m,600000,1", "600/m,100000,10", "1/d,86400000000,1", "999999/s,1,999999"})
    void aRateIsEvenAndLetsThroughAtOnceWhatASecondDoes(String text, long interval, int burst) {
        Rate rate = Rate.of(text);

        assertThat(rate.intervalMicros()).isEqualTo(interval);
        assertThat(rate.burst()).isEqualTo(burst);
        assertThat(rate).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "10", "0/s", "10/w", "-1/s", "1.5/s", "1000000/s", "10/ss", "10 /s"})
    void whatIsNoRateIsSaid(String text) {
        assertThatThrownBy(() -> Rate.of(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("must be a rate such as 10/s, 100/m, 500/h or 1000/d");
    }

    @Test
    void aRateThatYamlReadsAsTextIsOne() {
        JobTypeNote note = new JobTypeNote("x-rate: 10/s\nx-concurrency: 2");

        assertThat(note.faults()).isEmpty();
        assertThat(note.type().limits()).isEqualTo(new TypeLimits(2, Rate.of("10/s"), null, null, null));
    }
}
