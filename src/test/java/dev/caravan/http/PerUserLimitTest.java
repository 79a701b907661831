package dev.caravan.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PerUserLimitTest {
    @Test
    void eachUserHasAsManyAsOneMayHave() {
        PerUserLimit streams = new PerUserLimit(2);

        assertThat(List.of(streams.take("ada"), streams.take("ada"), streams.take("ada")))
                .containsExactly(true, true, false);
        assertThat(streams.take("olga")).isTrue();
        streams.giveBack("ada");
        assertThat(List.of(streams.take("ada"), streams.take("ada"))).containsExactly(true, false);
    }

    @Test
    void thoseWhoHaveNotLoggedInAreOneUser() {
        PerUserLimit streams = new PerUserLimit(1);

        assertThat(List.of(streams.take(null), streams.take(null), streams.take("ada")))
                .containsExactly(true, false, true);
    }

    @Test
    void zeroIsAnyNumber() {
        PerUserLimit streams = new PerUserLimit(0);

        assertThat(IntStream.range(0, 1000).allMatch(i -> streams.take("ada"))).isTrue();
    }

    @Test
    void manyThreadsTakeNoMoreAndLoseNone() {
        PerUserLimit streams = new PerUserLimit(10);
        AtomicInteger refused = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            CompletableFuture.allOf(IntStream.range(0, 8)
                            .mapToObj(thread -> CompletableFuture.runAsync(
                                    () -> {
                                        for (int i = 0; i < 10_000; i++) {
                                            if (streams.take("ada")) {
                                                streams.giveBack("ada");
                                            } else {
                                                refused.incrementAndGet();
                                            }
                                        }
                                    },
                                    threads))
                            .toArray(CompletableFuture[]::new))
                    .join();
        } finally {
            threads.shutdown();
        }
        assertThat(refused).hasValue(0);
        assertThat(IntStream.range(0, 11).filter(i -> streams.take("ada")).count())
                .isEqualTo(10);
    }
}
