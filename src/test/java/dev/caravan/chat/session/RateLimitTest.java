package dev.caravan.chat.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RateLimitTest {
    private static final long SECOND = 1_000_000_000L;

    private final RateLimit limit = new RateLimit(10, 50, 0);

    private int taken(long now, int tries) {
        int taken = 0;
        for (int i = 0; i < tries; i++) {
            taken += limit.tryAcquire(now) ? 1 : 0;
        }
        return taken;
    }

    @Test
    void givesItsHeightAtOnceAndThenNothing() {
        assertThat(taken(0, 100)).isEqualTo(50);
    }

    @Test
    void fillsBySoManyASecond() {
        taken(0, 50);
        assertThat(taken(SECOND / 10 - 1, 1)).isZero();
        assertThat(taken(SECOND / 10 + 1, 2)).isEqualTo(1);
        assertThat(taken(SECOND * 11 / 10 + 2, 100)).isEqualTo(10);
    }

    @Test
    void fillsNoHigherThanItIs() {
        assertThat(taken(1000 * SECOND, 100)).isEqualTo(50);
    }

    @Test
    void losesNothingByBeingAskedOften() {
        taken(0, 50);
        int taken = 0;
        for (int milli = 1; milli <= 2000; milli++) {
            taken += limit.tryAcquire(milli * SECOND / 1000) ? 1 : 0;
        }
        assertThat(taken).isBetween(19, 20);
    }
}
