package dev.caravan.component.batch;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class WorkerPoolTest {
    private final WorkerPool workers = new WorkerPool("worker");

    @AfterEach
    void close() {
        workers.close();
    }

    @Test
    void tasksThatBlockHoldUpNoOthers() throws Exception {
        CyclicBarrier all = new CyclicBarrier(33);
        for (int i = 0; i < 32; i++) {
            workers.execute(() -> meet(all));
        }

        all.await(20, SECONDS); // each of them is on a thread now
    }

    @Test
    void whatATaskAsksForWaitsForNoneThatBlocks() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        CountDownLatch asked = new CountDownLatch(1);
        workers.execute(() -> {
            workers.execute(asked::countDown);
            awaitQuietly(end);
        });

        assertThat(asked.await(20, SECONDS)).isTrue();
        end.countDown();
    }

    @Test
    void everyTaskIsWorkedOnceWhoeverAsks() {
        Queue<Integer> worked = new ConcurrentLinkedQueue<>();
        Set<Integer> all = ConcurrentHashMap.newKeySet();
        for (int asker = 0; asker < 8; asker++) {
            int first = asker * 5_000;
            new Thread(() -> {
                        for (int i = first; i < first + 5_000; i++) {
                            int task = i;
                            workers.execute(() -> worked.add(task));
                        }
                    })
                    .start();
        }

        await().atMost(20, SECONDS).until(() -> worked.size() == 40_000);
        all.addAll(worked);
        assertThat(all).hasSize(40_000);
    }

    @Test
    void aTaskThatFailsTakesNothingWithIt() {
        AtomicInteger worked = new AtomicInteger();
        workers.execute(() -> {
            throw new StackOverflowError("of a task");
        });
        workers.execute(worked::incrementAndGet);

        await().until(() -> worked.get() == 1);
    }

    @Test
    void takesNothingAfterItsEnd() {
        workers.close();

        assertThatThrownBy(() -> workers.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
    }

    private static void meet(CyclicBarrier all) {
        try {
            all.await(20, SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await(20, SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
