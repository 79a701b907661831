package dev.caravan.component.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.component.DaemonThreads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class BatcherTest {
    private static final Runnable NOTHING = () -> {};

    private final List<List<Integer>> batches = new CopyOnWriteArrayList<>();
    private final CountDownLatch gate = new CountDownLatch(1);
    private final AdaptiveExecutor executor =
            new AdaptiveExecutor(Integer.MAX_VALUE, Duration.ofMillis(5), new DaemonThreads("test"));
    private Batcher<Integer> batcher;

    @AfterEach
    void close() {
        gate.countDown();
        batcher.close();
        executor.close();
    }

    @Test
    void worksALoneItemAtOnce() {
        batcher = batcher(10, 10, this::record);

        assertThat(batcher.offer(1)).isTrue();

        await().untilAsserted(() -> assertThat(batches).containsExactly(List.of(1)));
    }

    @Test
    void whatArrivesMeanwhileSharesTheNextBatchInItsOrder() {
        batcher = batcher(10, 10, batch -> recordAtGate(batch, 1));
        batcher.offer(1);
        await().until(() -> batches.size() == 1);

        IntStream.rangeClosed(2, 6).forEach(batcher::offer);
        gate.countDown();

        await().untilAsserted(() -> assertThat(batches).containsExactly(List.of(1), List.of(2, 3, 4, 5, 6)));
    }

    @Test
    void aBatchIsNoLargerThanAllowed() {
        batcher = batcher(10, 3, batch -> recordAtGate(batch, 1));
        batcher.offer(1);
        await().until(() -> batches.size() == 1);

        IntStream.rangeClosed(2, 8).forEach(batcher::offer);
        gate.countDown();

        await().untilAsserted(() ->
                assertThat(batches).containsExactly(List.of(1), List.of(2, 3, 4), List.of(5, 6, 7), List.of(8)));
    }

    @Test
    void worksOneBatchAtATimeAndEachItemOnce() throws InterruptedException {
        AtomicInteger atOnce = new AtomicInteger();
        AtomicInteger mostAtOnce = new AtomicInteger();
        Set<Integer> seen = ConcurrentHashMap.newKeySet();
        AtomicInteger worked = new AtomicInteger();
        batcher = batcher(100_000, 7, batch -> {
            mostAtOnce.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
            seen.addAll(batch);
            worked.addAndGet(batch.size());
            atOnce.decrementAndGet();
            return NOTHING;
        });

        inThreads(8, thread -> {
            for (int i = 0; i < 2000; i++) {
                assertThat(batcher.offer(thread * 2000 + i)).isTrue();
            }
        });

        await().untilAsserted(() -> assertThat(worked).hasValue(16_000));
        assertThat(seen).hasSize(16_000);
        assertThat(mostAtOnce).hasValue(1);
    }

    @Test
    void aSlowContinuationDoesNotHoldBackTheNextBatch() {
        batcher = batcher(10, 1, batch -> {
            batches.add(batch);
            return batch.contains(1) ? this::passGate : NOTHING;
        });

        batcher.offer(1);
        batcher.offer(2);
        await().until(() -> batches.size() == 2);
        batcher.offer(3);

        await().untilAsserted(() -> assertThat(batches).containsExactly(List.of(1), List.of(2), List.of(3)));
        assertThat(gate.getCount()).isEqualTo(1);
    }

    @Test
    void aLongRowOfBatchesBehindSlowContinuationsNeedsNoDeepStack() {
        AtomicInteger deepest = new AtomicInteger();
        AtomicInteger count = new AtomicInteger();
        batcher = batcher(10_000, 1, batch -> {
            deepest.accumulateAndGet(new Throwable().getStackTrace().length, Math::max);
            count.incrementAndGet();
            return batch.get(0) < 32 ? this::passGate : NOTHING;
        });
        Thread offering = new Thread(() -> IntStream.range(0, 3000).forEach(batcher::offer));
        offering.setDaemon(true);
        offering.start();

        await().until(() -> count.get() >= 32);
        gate.countDown();
        await().untilAsserted(() -> assertThat(count).hasValue(3000));
        assertThat(deepest.get()).isLessThan(100);
    }

    @Test
    void refusesWhatIsAboveItsCapacity() {
        batcher = batcher(3, 10, batch -> recordAtGate(batch, 1));
        batcher.offer(1);
        await().until(() -> batches.size() == 1);

        assertThat(batcher.offer(2)).isTrue();
        assertThat(batcher.offer(3)).isTrue();
        assertThat(batcher.offer(4)).isTrue();
        assertThat(batcher.offer(5)).isFalse();

        gate.countDown();
        await().untilAsserted(() -> assertThat(batches).containsExactly(List.of(1), List.of(2, 3, 4)));
        assertThat(batcher.offer(6)).isTrue();
    }

    @Test
    void closingWorksOffWhatWaits() {
        batcher = batcher(1000, 10, this::record);
        List<Integer> items = IntStream.range(0, 500).boxed().toList();
        items.forEach(batcher::offer);

        batcher.close();

        assertThat(batches.stream().flatMap(List::stream)).containsExactlyElementsOf(items);
        assertThat(batcher.offer(1)).isFalse();
    }

    @Test
    void takesNothingFromTheMomentItCloses() {
        batcher = batcher(100_000, 10, batch -> recordAtGate(batch, 1));
        batcher.offer(1);
        await().until(() -> batches.size() == 1);
        Thread closing = new Thread(batcher::close);
        closing.start();

        await().untilAsserted(() -> assertThat(batcher.offer(2)).isFalse());

        gate.countDown();
        await().until(() -> !closing.isAlive());
    }

    @Test
    void whatIsToRunAfterItClosedRunsAllTheSame() {
        batcher = batcher(10, 10, this::record);
        batcher.close();
        executor.close();
        AtomicInteger ran = new AtomicInteger();

        executor.execute(ran::incrementAndGet);

        assertThat(ran).hasValue(1);
    }

    @Test
    void closingTwiceIsAllowed() {
        batcher = batcher(10, 10, this::record);
        batcher.close();
        batcher.close();
        assertThat(batcher.offer(1)).isFalse();
    }

    @Test
    void workThatThrowsStopsNeitherTheBatchesAfterItNorTheOnesInLine() {
        batcher = batcher(100, 1, batch -> {
            batches.add(batch);
            if (batch.get(0) % 2 == 0) {
                throw new IllegalStateException("thrown by the test");
            }
            return NOTHING;
        });

        IntStream.range(0, 20).forEach(batcher::offer);

        await().untilAsserted(() -> assertThat(batches).hasSize(20));
        batcher.offer(21);
        await().untilAsserted(() -> assertThat(batches).hasSize(21));
    }

    @Test
    void workThatThrowsIsNotTheFailureOfWhoOffers() {
        batcher = batcher(10_000, 1, batch -> {
            batches.add(batch);
            throw new IllegalStateException("thrown by the test");
        });
        IntStream.range(0, 40).forEach(i -> executor.execute(this::passGateOnItsThread));

        for (int i = 0; i < 5; i++) {
            assertThat(batcher.offer(i)).isTrue();
        }

        gate.countDown();
        await().untilAsserted(() -> assertThat(batches).hasSize(5));
    }

    @Test
    void aContinuationThatThrowsStopsNothing() {
        batcher = batcher(100, 1, batch -> {
            batches.add(batch);
            return () -> {
                throw new IllegalStateException("thrown by the test");
            };
        });

        IntStream.range(0, 50).forEach(batcher::offer);

        await().untilAsserted(() -> assertThat(batches).hasSize(50));
    }

    @Test
    void whatAContinuationAskedForBeforeItThrewIsWorked() {
        batcher = batcher(10, 10, this::record);
        try (Batcher<Integer> first = new Batcher<>(executor, 10, 10, batch -> () -> {
            batcher.offer(1);
            throw new IllegalStateException("thrown by the test");
        })) {
            first.offer(0);

            await().untilAsserted(() -> assertThat(batches).containsExactly(List.of(1)));
        }
    }

    @Test
    void whatAContinuationAsksForIsOneBatchWhichRunsBeforeTheNextOfItsOwn() {
        List<String> order = new CopyOnWriteArrayList<>();
        batcher = batcher(10, 10, batch -> {
            order.add("second " + batch);
            return NOTHING;
        });
        try (Batcher<Integer> first = new Batcher<>(executor, 10, 1, batch -> {
            order.add("first " + batch);
            return () -> IntStream.range(0, 3).forEach(batcher::offer);
        })) {
            executor.execute(() -> {
                first.offer(0);
                first.offer(1);
            });

            await().untilAsserted(() -> assertThat(order).hasSize(4));
        }
        assertThat(order).containsExactly("first [0]", "second [0, 1, 2]", "first [1]", "second [0, 1, 2]");
    }

    private Batcher<Integer> batcher(int capacity, int batchSize, Function<List<Integer>, Runnable> work) {
        return new Batcher<>(executor, capacity, batchSize, work);
    }

    private Runnable record(List<Integer> batch) {
        batches.add(batch);
        return NOTHING;
    }

    private Runnable recordAtGate(List<Integer> batch, int held) {
        batches.add(batch);
        if (batch.contains(held)) {
            passGate();
        }
        return NOTHING;
    }

    private void passGate() {
        try {
            gate.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The pool runs what it has no thread for on the thread that asks: that one must not wait. */
    private void passGateOnItsThread() {
        if (Thread.currentThread().getName().startsWith("test-")) {
            passGate();
        }
    }

    private static void inThreads(int count, java.util.function.IntConsumer task) throws InterruptedException {
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        Set<Thread> threads = new HashSet<>();
        for (int i = 0; i < count; i++) {
            int number = i;
            Thread thread = new Thread(() -> {
                try {
                    task.accept(number);
                } catch (RuntimeException | AssertionError e) {
                    failures.add(e);
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
    }
}
