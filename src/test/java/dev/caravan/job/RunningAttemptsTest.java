package dev.caravan.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whose turn it is, where a job that may have killed its workers is among them. */
@Timeout(120)
class RunningAttemptsTest {
    private static final Duration EVER = Duration.ofMinutes(5);

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<String> begun = new CopyOnWriteArrayList<>();

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    @Test
    void theThirdAttemptOfAJobRunsAloneAndTheOthersWait() {
        RunningAttempts running = running(EVER);
        begin(running, "one", 0);
        begin(running, "two", 1);
        await().until(() -> begun.size() == 2);
        begin(running, "killer", 2);
        await().until(() -> running.waiting() == 1);
        begin(running, "three", 0);
        await().until(() -> running.waiting() == 2);

        running.end(job("one"));
        assertThat(begun).containsExactlyInAnyOrder("one", "two");
        running.end(job("two"));
        await().until(() -> begun.size() == 3);
        assertThat(begun).endsWith("killer");
        assertThat(running.waiting()).isOne();
        running.end(job("killer"));

        await().until(() -> begun.contains("three"));
        running.end(job("three"));
        begin(running, "four", 0);
        await().until(() -> begun.contains("four"));
    }

    @Test
    void nobodyWaitsForEver() {
        RunningAttempts running = running(Duration.ofMillis(50));
        begin(running, "long", 0);
        await().until(() -> begun.contains("long"));
        begin(running, "killer", 2);
        await().until(() -> begun.contains("killer"));
        running.end(job("long"));
        running.end(job("killer"));

        begin(running, "killer again", 2);
        await().until(() -> begun.contains("killer again"));
        begin(running, "three", 0);
        await().until(() -> begun.contains("three"));
    }

    @Test
    void aThreadThatTheHandlerBeforeHasLeftInterruptedRunsTheNextOne() throws InterruptedException {
        RunningAttempts running = running(EVER);
        Thread.currentThread().interrupt();

        running.begin(job("one"), 0, null, Duration.ZERO, Map.of());

        assertThat(running.end(job("one"))).isEqualTo(RunningAttempts.End.NONE);
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void theStepOfOneBranchIsNotToldWithTheFailureOfAnother() throws InterruptedException {
        RunningAttempts running = running(EVER);
        Job job = job("one");
        running.begin(job, 0, null, Duration.ZERO, Map.of());
        List<Exception> failures =
                List.of(new IllegalStateException("0"), new IllegalStateException("1"), new IllegalStateException("2"));
        for (int i = 0; i < 200; i++) {
            CountDownLatch done = new CountDownLatch(failures.size());
            for (Exception failure : failures) {
                threads.execute(() -> {
                    running.failedAt(job, new FailedStep(failure.getMessage(), null), failure);
                    done.countDown();
                });
            }
            done.await();
            assertThat(failures)
                    .filteredOn(failure -> running.failedStep(job, failure) != null)
                    .singleElement()
                    .satisfies(failure ->
                            assertThat(running.failedStep(job, failure).name()).isEqualTo(failure.getMessage()));
        }
    }

    private static RunningAttempts running(Duration patience) {
        return new RunningAttempts(Settings.defaults(), patience);
    }

    private void begin(RunningAttempts running, String id, int interruptions) {
        threads.execute(() -> {
            try {
                running.begin(job(id), interruptions, null, Duration.ZERO, Map.of());
                begun.add(id);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private static Job job(String id) {
        return Job.create(id, "hello", null, id);
    }
}
