package dev.caravan.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class KnownPasswordsTest {
    private final KnownPasswords passwords = new KnownPasswords();

    @Test
    void aSlowCheckHoldsUpNoOther() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        CompletableFuture<Void> slow = CompletableFuture.runAsync(() -> passwords.learn("slow", "a", () -> {
            begun.countDown();
            await(end);
        }));
        await(begun);

        CompletableFuture.runAsync(() -> {
                    for (int i = 0; i < 500; i++) {
                        passwords.learn("quick" + i, "a", () -> {});
                    }
                })
                .get(10, TimeUnit.SECONDS);

        assertThat(slow).isNotDone();
        end.countDown();
        slow.get(10, TimeUnit.SECONDS);
        assertThat(passwords.isKnown("slow", "a")).isTrue();
    }

    @Test
    void whatFailsIsNotKnownAndIsCheckedAgain() {
        AtomicInteger checks = new AtomicInteger();
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> passwords.learn("wrong", "a", () -> {
                        checks.incrementAndGet();
                        throw new IllegalArgumentException("wrong");
                    }))
                    .hasMessage("wrong");
        }
        assertThat(checks).hasValue(2);
        assertThat(passwords.isKnown("wrong", "a")).isFalse();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
