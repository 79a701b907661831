package dev.caravan.routes.figures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class RouteFiguresTest {
    private final RouteFigures figures = new RouteFigures("3f2a9c01b7de");

    @Test
    void knowsTheMedianAndWhatNinetyNineOfAHundredTook() {
        for (int millis = 1; millis <= 1000; millis++) {
            figures.ended(TimeUnit.MILLISECONDS.toNanos(millis));
        }
        RevisionFigures now = figures.now();
        assertThat(now.total()).isEqualTo(1000);
        assertThat(now.medianMicros()).isCloseTo(500_000L, Percentage.withPercentage(1));
        assertThat(now.p99Micros()).isCloseTo(990_000L, Percentage.withPercentage(1));
    }

    @Test
    void takesAnyTime() {
        figures.ended(0);
        figures.ended(Duration.ofDays(300).toNanos());
        RevisionFigures now = figures.now();
        assertThat(now.medianMicros()).isZero();
        assertThat(now.p99Micros()).isCloseTo(Duration.ofDays(1).toNanos() / 1000, Percentage.withPercentage(1));
    }

    @Test
    void keepsTheLastErrorWithoutPasswordsAndNotAllOfIt() {
        figures.failed(1, new IllegalStateException("one"), null);
        figures.failed(1, new IllegalStateException("http://ada:hidden@host " + "a".repeat(5000)), null);
        RevisionFigures now = figures.now();
        assertThat(now.failed()).isEqualTo(2);
        assertThat(now.total()).isEqualTo(2);
        assertThat(now.lastError().message())
                .startsWith("java.lang.IllegalStateException: http://ada:xxxxxx@host")
                .hasSize(1001);
        assertThat(now.lastError().at()).isCloseTo(Instant.now(), within(Duration.ofMinutes(1)));
    }

    @Test
    void countsAFailureThatHasNoText() {
        figures.failed(
                1,
                new IllegalStateException() {
                    @Override
                    public String toString() {
                        throw new IllegalStateException();
                    }
                },
                null);
        assertThat(figures.now().failed()).isEqualTo(1);
        assertThat(figures.now().lastError().message()).startsWith(getClass().getName());
    }

    @Test
    void whatIsUnderWayWhenItIsReplacedIsCounted() {
        assertThat(figures.now().until()).isNull();
        figures.replaced();
        figures.ended(1);
        assertThat(figures.now().until()).isNotNull();
        assertThat(figures.now().total()).isEqualTo(1);
    }
}
