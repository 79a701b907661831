package dev.caravan.job.http;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import dev.caravan.job.Job;
import dev.caravan.job.JobState;
import dev.caravan.job.Settings;
import dev.caravan.job.TestRedis;
import dev.caravan.job.TransitionResult;
import dev.caravan.job.store.JobStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.test.util.ReflectionTestUtils;

@Timeout(60)
class JobWaitsTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private final ObjectProvider<JobStore> provider = mock();
    private JobStore store;
    private JobWaits waits;

    @BeforeEach
    void open() {
        store = new JobStore(REDIS.template(), List.of(), Settings.defaults());
        when(provider.getObject()).thenReturn(store);
        waits = new JobWaits(provider);
    }

    @AfterEach
    void close() {
        waits.destroy();
        store.destroy();
    }

    @Test
    void aJobThatEndsOnThisNodeIsKnownAtOnce() {
        CompletableFuture<Void> first = waits.await("1", LONG);
        CompletableFuture<Void> second = waits.await("1", LONG);
        CompletableFuture<Void> other = waits.await("2", LONG);

        waits.accept(moved("1", JobState.RUNNING));
        assertThat(first).isNotDone();
        waits.accept(moved("1", JobState.FINISHED));

        assertThat(first).succeedsWithin(Duration.ofSeconds(5));
        assertThat(second).succeedsWithin(Duration.ofSeconds(5));
        assertThat(other).isNotDone();
        other.cancel(false);
    }

    @Test
    void everyEndCounts() {
        for (JobState state : List.of(JobState.FINISHED, JobState.FAILED, JobState.WITHDRAWN)) {
            CompletableFuture<Void> ended = waits.await("1", LONG);
            waits.accept(moved("1", state));
            assertThat(ended).succeedsWithin(Duration.ofSeconds(5));
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

        assertThat(ended).succeedsWithin(Duration.ofSeconds(5));
        assertThat(other).isNotDone();
    }

    @Test
    void aJobThatHadEndedBeforeIsSeenSoon() {
        REDIS.put("1", Map.of("status", "4", "state", "FAILED"));

        assertThat(waits.await("1", LONG)).succeedsWithin(Duration.ofSeconds(5));
        assertNothingIsLeft();
    }

    @Test
    void whoWaitedLongEnoughGoesOn() {
        long began = System.nanoTime();

        assertThat(waits.await("1", Duration.ofMillis(300))).succeedsWithin(Duration.ofSeconds(5));

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
        org.mockito.Mockito.clearInvocations(provider);

        await().pollDelay(Duration.ofMillis(300))
                .untilAsserted(() -> verify(provider, never()).getObject());
    }

    @Test
    void whileRedisDoesNotAnswerItIsAskedOnAndOn() {
        JobStore broken = mock();
        when(broken.states(any())).thenThrow(new org.springframework.dao.QueryTimeoutException("by the test"));
        when(provider.getObject()).thenReturn(broken, broken, broken, store);
        REDIS.put("1", Map.of("status", "0"));

        assertThat(waits.await("1", LONG)).succeedsWithin(Duration.ofSeconds(5));
    }

    @Test
    void aKeyThatIsNoHashKeepsNobodyWaiting() {
        REDIS.template().opsForValue().set("Job:text", "not a hash");
        REDIS.put("1", Map.of("status", "0"));
        CompletableFuture<Void> text = waits.await("text", Duration.ofSeconds(20));

        assertThat(waits.await("1", LONG)).succeedsWithin(Duration.ofSeconds(5));
        assertThat(text).isNotDone();
    }

    @Test
    void tooManyAreAnsweredAtOnceAndThereIsRoomAgainAfterwards() {
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            all.add(waits.await("job-" + i % 100, LONG));
        }
        assertThat(waits.await("one too many", LONG)).succeedsWithin(Duration.ofSeconds(5));

        for (int i = 0; i < 100; i++) {
            waits.accept(moved("job-" + i, JobState.FINISHED));
        }
        assertThat(CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)))
                .succeedsWithin(Duration.ofSeconds(10));
        assertNothingIsLeft();
        CompletableFuture<Void> again = waits.await("1", LONG);
        assertThat(again).isNotDone();
        waits.accept(moved("1", JobState.FINISHED));
    }

    /** One waiter leaves while the next one for the same job comes: the next one must not be forgotten with it. */
    @Test
    void whoComesWhileAnotherLeavesIsToldAllTheSame() throws Exception {
        when(provider.getObject()).thenReturn(mock());
        for (int round = 0; round < 20_000; round++) {
            CompletableFuture<Void> leaving = waits.await("1", LONG);
            CompletableFuture<Void> leave =
                    CompletableFuture.runAsync(() -> waits.accept(moved("1", JobState.FINISHED)));
            CompletableFuture<Void> coming = waits.await("1", LONG);
            leave.get(5, SECONDS);
            leaving.get(5, SECONDS);

            waits.accept(moved("1", JobState.FINISHED));

            assertThat(coming).as("round %d", round).succeedsWithin(Duration.ofSeconds(5));
        }
        assertNothingIsLeft();
    }

    private void assertNothingIsLeft() {
        await().untilAsserted(() -> {
            assertThat(ReflectionTestUtils.getField(waits, "waiting")).isEqualTo(Map.of());
            assertThat(ReflectionTestUtils.getField(waits, "count")).hasToString("0");
        });
    }

    private static TransitionResult moved(String id, JobState state) {
        return new TransitionResult(true, new Job(id, "hello", null, "w", state, 1, 0), 0, 0, "", true, Duration.ZERO);
    }
}
