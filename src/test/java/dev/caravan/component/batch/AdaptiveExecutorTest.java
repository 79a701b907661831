package dev.caravan.component.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.is;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class AdaptiveExecutorTest {
    private final Set<Throwable> uncaught = ConcurrentHashMap.newKeySet();
    private final AdaptiveExecutor threads = new AdaptiveExecutor(4, Duration.ofMillis(5), this::thread);

    private Thread thread(Runnable task) {
        Thread thread = new Thread(task, "turns");
        thread.setDaemon(true);
        thread.setUncaughtExceptionHandler((one, failure) -> uncaught.add(failure));
        return thread;
    }

    @AfterEach
    void close() {
        threads.close();
    }

    @Test
    void runsEveryTaskOfManyThreads() throws Exception {
        AtomicInteger ran = new AtomicInteger();
        Thread[] givers = new Thread[4];
        for (int i = 0; i < givers.length; i++) {
            givers[i] = new Thread(() -> {
                for (int j = 0; j < 50_000; j++) {
                    threads.execute(ran::incrementAndGet);
                }
            });
            givers[i].start();
        }
        for (Thread giver : givers) {
            giver.join();
        }
        await().untilAtomic(ran, is(200_000));
    }

    @Test
    void aThreadThatHasJustRunItsLastTaskComesAgain() throws Exception {
        try (AdaptiveExecutor lone = new AdaptiveExecutor(1, Duration.ofMillis(5), this::thread)) {
            AtomicInteger ran = new AtomicInteger();
            for (int i = 1; i <= 20_000; i++) {
                lone.execute(ran::incrementAndGet);
                while (ran.get() < i) {
                    Thread.onSpinWait();
                }
            }
        }
    }

    @Test
    void threadsThatHaveJustJoinedComeAgain() throws Exception {
        for (int i = 0; i < 20; i++) {
            asManyTasksRunAtOnceAsThereMayBeThreads();
        }
    }

    @Test
    void tasksThatBlockForAMomentEachGetMoreThreads() {
        try (AdaptiveExecutor four = new AdaptiveExecutor(4, Duration.ofNanos(500_000), this::thread)) {
            AtomicInteger running = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            for (int i = 0; i < 2_000; i++) {
                four.execute(() -> {
                    most.accumulateAndGet(running.incrementAndGet(), Math::max);
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
                    running.decrementAndGet();
                });
            }
            await().untilAtomic(most, is(4));
        }
    }

    @Test
    void aTaskThatBlocksHoldsNoOther() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        threads.execute(() -> waitFor(release));
        CountDownLatch ran = new CountDownLatch(100);
        for (int i = 0; i < 100; i++) {
            threads.execute(ran::countDown);
        }
        assertThat(ran.await(10, TimeUnit.SECONDS)).isTrue();
        release.countDown();
    }

    @Test
    void asManyTasksRunAtOnceAsThereMayBeThreads() {
        CyclicBarrier four = new CyclicBarrier(4);
        AtomicInteger together = new AtomicInteger();
        for (int i = 0; i < 4; i++) {
            threads.execute(() -> {
                try {
                    four.await(20, TimeUnit.SECONDS);
                    together.incrementAndGet();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
        }
        await().untilAtomic(together, is(4));
    }

    /** Of two callers that find all threads asleep, one wakes a thread; the other's task may be behind one that blocks. */
    @Test
    void tasksThatComeAtOnceToSleepingThreadsHoldUpNoneOfEachOther() throws Exception {
        for (int i = 0; i < 100; i++) {
            AtomicInteger callers = new AtomicInteger();
            CyclicBarrier tasks = new CyclicBarrier(3);
            Runnable call = () -> {
                callers.incrementAndGet();
                while (callers.get() < 2) {
                    Thread.onSpinWait();
                }
                threads.execute(() -> meet(tasks));
            };
            new Thread(call).start();
            new Thread(call).start();
            tasks.await(10, TimeUnit.SECONDS);
        }
    }

    private static void meet(CyclicBarrier barrier) {
        try {
            barrier.await(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aTaskThatFailsIsReportedAndStopsNobody() throws Exception {
        CountDownLatch ran = new CountDownLatch(1);
        threads.execute(() -> {
            throw new IllegalStateException("expected");
        });
        threads.execute(ran::countDown);
        assertThat(ran.await(10, TimeUnit.SECONDS)).isTrue();
        await().untilAsserted(() -> assertThat(uncaught).hasSize(1));
    }

    @Test
    void whatATaskThatBlocksHasLeftIsRun() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch ran = new CountDownLatch(1);
        threads.execute(() -> {
            threads.execute(ran::countDown);
            waitFor(release);
        });
        assertThat(ran.await(10, TimeUnit.SECONDS)).isTrue();
        release.countDown();
    }

    @Test
    void anInterruptIsNoMatterOfTheNextTask() throws Exception {
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        threads.execute(() -> {
            threads.execute(() -> Thread.currentThread().interrupt());
            threads.execute(() -> interrupted.complete(Thread.currentThread().isInterrupted()));
        });
        assertThat(interrupted.get(10, TimeUnit.SECONDS)).isFalse();
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            latch.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
