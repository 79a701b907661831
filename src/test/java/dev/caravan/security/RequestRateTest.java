package dev.caravan.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RequestRateTest {
    @Test
    void linesLeaveATenthToOtherRequestsAndComeAgainInTheNextSecond() {
        RequestRate rate = rate(1_000);
        int admitted = 0;
        long wait = rate.admit("ada");
        while (wait == 0) {
            admitted++;
            wait = rate.admit("ada");
        }
        assertThat(wait).isBetween(1L, 1_000L);
        assertThat(admitted).isGreaterThanOrEqualTo(900);
        assertThat(rate.isExceeded("ada")).isFalse();
        assertThat(rate.admit("bob")).isZero();
        await().until(() -> rate.admit("ada") == 0);
    }

    @Test
    void withoutALimitNothingWaits() {
        RequestRate rate = rate(0);
        for (int i = 0; i < 100; i++) {
            assertThat(rate.admit("ada")).isZero();
        }
    }

    private static RequestRate rate(int most) {
        return new RequestRate(new SecuritySettings(
                false, Set.of(), most, 10, SecuritySettings.Anonymous.NOWHERE, List.of(), List.of()));
    }
}
