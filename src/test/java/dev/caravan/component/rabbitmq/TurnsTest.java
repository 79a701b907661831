package dev.caravan.component.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TurnsTest {
    private final Turns turns = new Turns(4);

    @Test
    void eachQueueGoesFourTimesAsOftenAsTheNextAndTheFirstGoesFirst() {
        assertThat(turns.next(queue -> true)).isZero();
        for (int i = 0; i < 84; i++) {
            turns.next(queue -> true);
        }

        assertThat(picked(85, Set.of(0, 1, 2, 3)).values()).containsExactly(64L, 16L, 4L, 1L);
    }

    @Test
    void onlyThoseCountInWhichSomethingWaits() {
        assertThat(picked(50, Set.of(2, 3)).values()).containsExactly(40L, 10L);
        assertThat(picked(7, Set.of(3)).keySet()).containsExactly(3);
        assertThat(turns.next(queue -> false)).isEqualTo(-1);
    }

    /** What was away for long is not ahead or behind for long. */
    @Test
    void aQueueThatWasEmptySavesNothingUp() {
        picked(1000, Set.of(3));

        assertThat(picked(21, Set.of(1, 2, 3)).get(1)).isBetween(15L, 17L);
    }

    private Map<Integer, Long> picked(int times, Set<Integer> waiting) {
        return IntStream.range(0, times)
                .mapToObj(i -> turns.next(waiting::contains))
                .collect(Collectors.groupingBy(Function.identity(), TreeMap::new, Collectors.counting()));
    }
}
