package dev.caravan.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class WindowTest {
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5); // a clock of nanoseconds may overflow
    private final Window window = new Window(Duration.ofSeconds(10), now::get);

    @Test
    void countsEachAndForgetsAllWhenTheTimeIsOver() {
        assertThat(window.add("a")).isEqualTo(1);
        assertThat(window.add("a")).isEqualTo(2);
        assertThat(window.add("b")).isEqualTo(1);
        assertThat(window.secondsLeft()).isEqualTo(10);

        now.addAndGet(Duration.ofSeconds(9).toNanos() + 500);
        assertThat(window.add("a")).isEqualTo(3);
        assertThat(window.secondsLeft()).isEqualTo(1);
        now.addAndGet(Duration.ofSeconds(1).toNanos());
        assertThat(window.add("a")).isEqualTo(1);
    }

    @Test
    void whatIsTakenBackWasNotCounted() {
        window.add("a");
        window.add("a");
        window.takeBack("a");
        window.takeBack("nobody");
        assertThat(window.add("a")).isEqualTo(2);

        now.addAndGet(Duration.ofSeconds(10).toNanos());
        window.takeBack("a");
        assertThat(window.add("a")).isEqualTo(1);
    }

    @Test
    void veryManyStrangersDoNotLockOutOneMore() {
        for (int i = 0; i < 300_000; i++) {
            window.add("stranger" + i);
        }
        assertThat(window.add("x")).isEqualTo(1);
        assertThat(window.add("y")).isEqualTo(1);
        assertThat(window.add("x")).isEqualTo(2);
    }
}
