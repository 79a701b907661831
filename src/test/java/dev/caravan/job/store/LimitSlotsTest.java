package dev.caravan.job.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.job.Limits;
import dev.caravan.job.TestRedis;
import dev.caravan.job.TypeLimits;
import dev.caravan.job.store.LimitSlots.Taken;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(120)
class LimitSlotsTest {
    private static final String TYPE = "invoice";
    private static final Duration LEASE = Duration.ofMinutes(1);
    private static final Duration SHORT = Duration.ofMillis(200);
    private static final TypeLimits ONE = Limits.of("x-concurrency: 1");
    private static final TypeLimits TWO = Limits.of("x-concurrency: 2");
    private static final TypeLimits ONE_A_KEY = Limits.of("x-limit-key: .k\nx-key-concurrency: 1");

    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private LimitSlots slots;

    @BeforeEach
    void open() {
        slots = new LimitSlots(REDIS.template(), REDIS.executor(), LEASE);
    }

    @AfterEach
    void close() {
        slots.destroy();
    }

    @Test
    void noMoreHaveASlotThanMayAndTheNextGetsTheOneThatIsFree() {
        assertThat(take(TWO, "1").state()).isEqualTo("taken");
        assertThat(take(TWO, "2").state()).isEqualTo("taken");
        assertThat(take(TWO, "3").state()).isEqualTo("concurrency");
        assertThat(take(TWO, "4").state()).isEqualTo("concurrency");

        assertThat(free(TWO, "1")).containsExactly("3");
        assertThat(take(TWO, "5").state())
                .as("the slot is kept for the one whose turn it is")
                .isEqualTo("concurrency");
        assertThat(take(TWO, "3").state()).isEqualTo("taken");
        assertThat(free(TWO, "2")).containsExactly("4");
        assertThat(free(TWO, "3")).containsExactly("5");
    }

    @Test
    void aCallThatIsRepeatedDoesTheSameAndNobodyElsesSlotIsGivenBack() {
        assertThat(take(ONE, "1").state()).isEqualTo("taken");
        assertThat(take(ONE, "1").state()).isEqualTo("taken");
        assertThat(take(ONE, "2").state()).isEqualTo("concurrency");
        assertThat(take(ONE, "2").state()).isEqualTo("concurrency");
        Taken again = slots.take(TYPE, ONE, LEASE, "1", "another", "").join();

        assertThat(again.isTaken()).isTrue();
        assertThat(again.isShared()).isTrue();
        assertThat(slots.free(TYPE, ONE, "1", "another").join()).isEmpty();
        assertThat(free(ONE, "1")).containsExactly("2");
        assertThat(free(ONE, "1")).isEmpty();
        assertThat(take(ONE, "3").state()).isEqualTo("concurrency");
    }

    @Test
    void keysTakeTurnsWhateverNumberOfJobsTheyHave() {
        TypeLimits limits = Limits.of("x-limit-key: .k\nx-concurrency: 1");
        take(limits, "0", "a");
        for (int i = 1; i <= 3; i++) {
            take(limits, "a" + i, "a");
        }
        take(limits, "b1", "b");
        take(limits, "c1", "c");
        take(limits, "b2", "b");

        List<String> order = new ArrayList<>();
        for (List<String> next = free(limits, "0"); !next.isEmpty(); next = free(limits, next.get(0))) {
            order.add(next.get(0));
            assertThat(take(limits, next.get(0)).state()).isEqualTo("taken");
        }

        assertThat(order).containsExactly("a1", "b1", "c1", "a2", "b2", "a3");
    }

    @Test
    void oneKeyThatIsBusyHoldsUpNoOther() {
        assertThat(take(ONE_A_KEY, "a1", "a").state()).isEqualTo("taken");
        assertThat(take(ONE_A_KEY, "a2", "a").state()).isEqualTo("key-concurrency");
        assertThat(take(ONE_A_KEY, "a3", "a").state()).isEqualTo("key-concurrency");
        assertThat(take(ONE_A_KEY, "b1", "b").state()).isEqualTo("taken");

        assertThat(free(ONE_A_KEY, "b1")).isEmpty();
        assertThat(free(ONE_A_KEY, "a1")).containsExactly("a2");
    }

    @Test
    void aRateLetsTheNextBeginWhenItsTimeHasCome() {
        TypeLimits limits = Limits.of("x-rate: 2/s");
        assertThat(take(limits, "1").state()).isEqualTo("taken");
        assertThat(take(limits, "2").state()).isEqualTo("taken");
        assertThat(take(limits, "3").state()).isEqualTo("rate");
        assertThat(free(limits, "1")).isEmpty();

        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(grant(limits)).containsExactly("3"));
    }

    @Test
    void theRateOfAKeyIsItsOwn() {
        TypeLimits limits = Limits.of("x-limit-key: .k\nx-key-rate: 1/s");
        assertThat(take(limits, "a1", "a").state()).isEqualTo("taken");
        assertThat(take(limits, "a2", "a").state()).isEqualTo("key-rate");
        assertThat(take(limits, "a3", "a").state()).isEqualTo("key-rate");
        assertThat(take(limits, "b1", "b").state()).isEqualTo("taken");

        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(grant(limits)).containsExactly("a2"));
    }

    @Test
    void theSlotOfAWorkerThatIsGoneIsFreeAfterItsLease() {
        slots.take(TYPE, ONE, SHORT, "1", "t1", "").join();
        assertThat(take(ONE, "2").state()).isEqualTo("concurrency");

        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(grant(ONE)).containsExactly("2"));
    }

    @Test
    void anExtensionKeepsASlotAndBringsBackOneThatRedisHasLost() {
        slots.take(TYPE, ONE, SHORT, "1", "t1", "").join();
        slots.extend(TYPE, ONE, LEASE, "1", "t1", "").join();
        assertThat(take(ONE, "2").state()).isEqualTo("concurrency");

        REDIS.template().delete(keys());
        slots.extend(TYPE, ONE, LEASE, "1", "t1", "").join();
        assertThat(take(ONE, "3").state()).isEqualTo("concurrency");
        assertThat(slots.unknown(TYPE, List.of("1", "2", "3")).join()).containsExactly("2");
        assertThat(free(ONE, "1")).containsExactly("3");
    }

    @Test
    void aTurnThatNoWorkerTakesComesAgainBeforeAllOthers() {
        LimitSlots impatient = new LimitSlots(REDIS.template(), REDIS.executor(), SHORT);
        take(ONE, "1");
        take(ONE, "2");
        take(ONE, "3");
        assertThat(impatient.free(TYPE, ONE, "1", "t1").join()).containsExactly("2");

        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(grant(ONE)).containsExactly("2"));
        impatient.destroy();
    }

    @Test
    void noneBeginsWhileTheTypeIsPausedAndAllDoWhenItHasNoLimitAnyMore() {
        assertThat(take(TypeLimits.NONE.paused(), "1").state()).isEqualTo("paused");
        assertThat(take(TypeLimits.NONE.paused(), "2").state()).isEqualTo("paused");
        assertThat(grant(TypeLimits.NONE.paused())).isEmpty();

        assertThat(grant(TypeLimits.NONE)).containsExactly("1", "2");
        assertThat(keys()).isEmpty();
    }

    @Test
    void oneWhoseTurnHasComeDoesNotBeginAfterAPauseAndIsTheFirstAfterIt() {
        take(ONE, "1");
        take(ONE, "2");
        take(ONE, "3");
        assertThat(free(ONE, "1")).containsExactly("2");

        assertThat(take(ONE.paused(), "2").state()).isEqualTo("paused");
        assertThat(grant(ONE)).containsExactly("2");
        assertThat(take(ONE, "2").state()).isEqualTo("taken");
    }

    /** Else a rate of 1/d that was a mistake would hold all for a day although it was put right. */
    @Test
    void afterAChangeOfARateTheNewOneCounts() {
        TypeLimits slow = Limits.of("x-limit-key: .k\nx-rate: 1/d\nx-key-rate: 1/d");
        assertThat(take(slow, "1", "a").state()).isEqualTo("taken");
        assertThat(take(slow, "2", "b").state()).isEqualTo("rate");
        assertThat(take(slow, "3", "a").state()).isNotEqualTo("taken");
        assertThat(grant(slow)).isEmpty();

        TypeLimits quick = Limits.of("x-limit-key: .k\nx-rate: 20/s\nx-key-rate: 20/s");
        List<String> begun = new ArrayList<>();
        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
            begun.addAll(grant(quick));
            assertThat(begun).containsExactlyInAnyOrder("2", "3");
        });
    }

    @Test
    void withoutTheRateOfAKeyItsJobsBegin() {
        TypeLimits slow = Limits.of("x-limit-key: .k\nx-key-rate: 1/d");
        take(slow, "1", "a");
        assertThat(take(slow, "2", "a").state()).isEqualTo("key-rate");

        assertThat(grant(TypeLimits.NONE)).containsExactly("2");
    }

    @Test
    void aJobThatWaitsNoLongerIsDropped() {
        take(ONE, "1");
        take(ONE, "2");
        take(ONE, "3");

        assertThat(slots.drop(TYPE, ONE, List.of("1", "2", "9")).join()).isEmpty();
        assertThat(free(ONE, "1")).as("one that runs is not dropped").containsExactly("3");
        assertThat(slots.drop(TYPE, ONE, List.of("3")).join()).isEmpty();
        assertThat(keys()).isEmpty();
    }

    /** Keys are what clients send. */
    @Test
    void whatIsForgottenNeitherWaitsNorUsesThePlaceOfAnother() {
        TypeLimits slow = Limits.of("x-rate: 1/h");
        assertThat(take(slow, "1").state()).isEqualTo("taken");
        assertThat(take(slow, "2").state()).isEqualTo("rate");
        assertThat(take(slow, "3").state()).isEqualTo("rate");

        assertThat(slots.forget(TYPE, "2").join()).isEmpty();

        assertThat(slots.unknown(TYPE, List.of("1", "2", "3")).join()).containsExactly("2");
        assertThat(slots.grant(TYPE, TypeLimits.NONE, 10).join()).containsExactly("3");
    }

    @Test
    void anyTextIsAKey() {
        for (String key : List.of("a b", "\n", "{x}", ":", "ключ", "%s %", "")) {
            assertThat(take(ONE_A_KEY, "1" + key, key).state()).as(key).isEqualTo("taken");
            assertThat(take(ONE_A_KEY, "2" + key, key).state()).as(key).isEqualTo("key-concurrency");
            assertThat(free(ONE_A_KEY, "1" + key)).as(key).containsExactly("2" + key);
        }
    }

    @Test
    void atNoTimeTooManyRunAndAtTheEndAllHaveAndNothingIsLeft() {
        TypeLimits limits = Limits.of("x-limit-key: .k\nx-concurrency: 5\nx-key-concurrency: 2");
        Random random = new Random(7);
        Map<String, String> running = new LinkedHashMap<>();
        Set<String> held = new HashSet<>();
        Deque<String> turns = new ArrayDeque<>();
        Map<String, String> keys = new HashMap<>();
        int ran = 0;
        for (int i = 0; i < 2000 || !running.isEmpty() || !turns.isEmpty(); i++) {
            String id = null;
            if (!turns.isEmpty() && random.nextBoolean()) {
                id = turns.poll();
            } else if (i < 2000 && random.nextBoolean()) {
                id = "j" + i;
                keys.put(id, "k" + random.nextInt(4));
            } else if (!running.isEmpty()) {
                String ended = List.copyOf(running.keySet()).get(random.nextInt(running.size()));
                running.remove(ended);
                ran++;
                turns.addAll(free(limits, ended));
            }
            if (id != null) {
                Taken taken = take(limits, id, keys.get(id));
                turns.addAll(taken.next());
                if (taken.isTaken()) {
                    running.put(id, keys.get(id));
                    held.remove(id);
                } else {
                    held.add(id);
                }
            }
            Map<String, Integer> ofKeys = new HashMap<>();
            running.values().forEach(key -> ofKeys.merge(key, 1, Integer::sum));
            assertThat(running.size()).isLessThanOrEqualTo(5);
            assertThat(ofKeys.values()).allMatch(number -> number <= 2);
        }

        assertThat(held).isEmpty();
        assertThat(ran).isEqualTo(keys.size()).isGreaterThan(500);
        assertThat(keys()).isEmpty();
    }

    private Taken take(TypeLimits limits, String id) {
        return take(limits, id, "");
    }

    private Taken take(TypeLimits limits, String id, String key) {
        return slots.take(TYPE, limits, LEASE, id, "t" + id.replaceAll("\\s", "_"), key)
                .join();
    }

    private List<String> free(TypeLimits limits, String id) {
        return slots.free(TYPE, limits, id, "t" + id.replaceAll("\\s", "_")).join();
    }

    private List<String> grant(TypeLimits limits) {
        return slots.grant(TYPE, limits, 100).join();
    }

    private Set<String> keys() {
        return REDIS.template().keys(LimitSlots.KEY + "*");
    }
}
