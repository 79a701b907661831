package dev.caravan.job.http;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.argThat;
import static org.mockito.Mockito.clearInvocations;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.spy;
import static org.mockito.Mockito.verify;

import dev.caravan.fixture.Rounds;
import dev.caravan.job.Job;
import dev.caravan.job.JobState;
import dev.caravan.job.TestRedis;
import dev.caravan.job.TransitionResult;
import dev.caravan.job.store.JobHashes;
import dev.caravan.job.updates.JobUpdates;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.test.util.ReflectionTestUtils;

@Timeout(120)
class JobWaitsTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final Duration LONG = Duration.ofSeconds(30);

    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private JobHashes hashes;
    private JobUpdates updates;
    private JobWaits waits;

    @BeforeEach
    void open() {
        hashes = spy(new JobHashes(REDIS.template()));
        updates = new JobUpdates(hashes);
        waits = new JobWaits(updates);
    }

    @AfterEach
    void close() {
        waits.destroy();
        updates.destroy();
    }

    @Test
    void aJobThatEndsOnThisNodeIsKnownAtOnce() {
        CompletableFuture<Void> first = waits.await("1", LONG);
        CompletableFuture<Void> second = waits.await("1", LONG);
        CompletableFuture<Void> other = waits.await("2", LONG);

        updates.accept(moved("1", JobState.RUNNING));
        assertThat(first).isNotDone();
        updates.accept(moved("1", JobState.FINISHED));

        assertThat(first).succeedsWithin(SOON);
        assertThat(second).succeedsWithin(SOON);
        assertThat(other).isNotDone();
        other.cancel(false);
    }

    @Test
    void everyEndCounts() {
        for (JobState state : List.of(JobState.FINISHED, JobState.FAILED, JobState.WITHDRAWN)) {
            CompletableFuture<Void> ended = waits.await("1", LONG);
            updates.accept(moved("1", state));
            assertThat(ended).succeedsWithin(SOON);
        }
        assertNothingIsLeft();
    }

    @Test
    void aJobThatEndsElsewhereIsSeenSoon() {
        REDIS.put("1", Map.of("status", "1"));
        CompletableFuture<Void> ended = waits.await("1", LONG);
        CompletableFuture<Void> other = waits.await("2", LONG);
        assertThat(ended).isNotDone();

        REDIS.put("1", Map.of("status", "0"));

        assertThat(ended).succeedsWithin(SOON);
        assertThat(other).isNotDone();
    }

    @Test
    void aJobThatHadEndedBeforeIsSeenSoon() {
        REDIS.put("1", Map.of("status", "4", "state", "FAILED"));

        assertThat(waits.await("1", LONG)).succeedsWithin(SOON);
        assertNothingIsLeft();
    }

    @Test
    void whoWaitedLongEnoughGoesOn() {
        long began = System.nanoTime();

        assertThat(waits.await("1", Duration.ofMillis(300))).succeedsWithin(SOON);

        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThanOrEqualTo(Duration.ofMillis(290));
        assertNothingIsLeft();
    }

    @Test
    void noTimeIsNoWait() {
        assertThat(waits.await("1", Duration.ZERO)).isCompleted();
        assertNothingIsLeft();
    }

    @Test
    void redisIsNotAskedWhileNobodyWaits() {
        waits.await("1", Duration.ofMillis(1)).join();
        clearInvocations(hashes);

        await().pollDelay(Duration.ofMillis(300))
                .untilAsserted(() -> verify(hashes, never()).fields(argThat(ids -> !ids.isEmpty()), anyFunction()));
    }

    @Test
    void whileRedisDoesNotAnswerItIsAskedOnAndOn() {
        RuntimeException failure = new QueryTimeoutException("by the test");
        doThrow(failure, failure, failure).doCallRealMethod().when(hashes).fields(any(), anyFunction());
        REDIS.put("1", Map.of("status", "0"));

        assertThat(waits.await("1", LONG)).succeedsWithin(SOON);
    }

    @Test
    void aKeyThatIsNoHashKeepsNobodyWaiting() {
        REDIS.template().opsForValue().set("Job:text", "not a hash");
        REDIS.put("1", Map.of("status", "0"));
        CompletableFuture<Void> text = waits.await("text", Duration.ofSeconds(20));

        assertThat(waits.await("1", LONG)).succeedsWithin(SOON);
        assertThat(text).isNotDone();
    }

    @Test
    void tooManyAreAnsweredAtOnceAndThereIsRoomAgainAfterwards() {
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            all.add(waits.await("job-" + i % 100, LONG));
        }
        assertThat(waits.await("one too many", LONG)).succeedsWithin(SOON);

        for (int i = 0; i < 100; i++) {
            updates.accept(moved("job-" + i, JobState.FINISHED));
        }
        assertThat(CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)))
                .succeedsWithin(SOON);
        assertNothingIsLeft();
        CompletableFuture<Void> again = waits.await("1", LONG);
        assertThat(again).isNotDone();
        updates.accept(moved("1", JobState.FINISHED));
    }

    /** One waiter leaves while the next one for the same job comes: the next one must not be forgotten with it. */
    @Test
    void whoComesWhileAnotherLeavesIsToldAllTheSame() throws Exception {
        doReturn(List.of(Map.of())).when(hashes).fields(any(), anyFunction());
        for (int round = 0; round < Rounds.of(20_000); round++) {
            CompletableFuture<Void> leaving = waits.await("1", LONG);
            CompletableFuture<Void> leave =
                    CompletableFuture.runAsync(() -> updates.accept(moved("1", JobState.FINISHED)));
            CompletableFuture<Void> coming = waits.await("1", LONG);
            leave.get(10, SECONDS);
            leaving.get(10, SECONDS);

            updates.accept(moved("1", JobState.FINISHED));

            assertThat(coming).as("round %d", round).succeedsWithin(SOON);
        }
        assertNothingIsLeft();
    }

    private static Function<String, List<String>> anyFunction() {
        return any();
    }

    private void assertNothingIsLeft() {
        await().untilAsserted(() -> {
            assertThat(ReflectionTestUtils.getField(updates, "watches")).isEqualTo(Map.of());
            assertThat(ReflectionTestUtils.getField(waits, "count")).hasToString("0");
        });
    }

    private static TransitionResult moved(String id, JobState state) {
        return new TransitionResult(
                true,
                new Job(id, "hello", null, "w", state, 1, 0, 0, 0),
                JobState.QUEUED,
                0,
                0,
                "",
                true,
                false,
                false,
                Duration.ZERO,
                Duration.ZERO);
    }
}
