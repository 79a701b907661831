package dev.caravan.job.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;
import static org.mockito.Mockito.mock;

import dev.caravan.job.Job;
import dev.caravan.job.JobError;
import dev.caravan.job.JobState;
import dev.caravan.job.JobTransition;
import dev.caravan.job.Settings;
import dev.caravan.job.TestRedis;
import dev.caravan.job.TransitionResult;
import dev.caravan.job.store.JobHashes;
import dev.caravan.job.store.JobIndex;
import dev.caravan.job.store.JobStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A job whose type no node has waits, whatever brought it there, and goes on when a node has it. */
@Timeout(120)
class ParkedJobsTest {
    private static final String TYPE = "hello";
    private static final String PARKED = JobIndex.PARKED + TYPE;

    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private JobStore store;
    private JobHandlers handlers;
    private JobRecovery recovery;
    private ParkedJobs parked;

    @BeforeEach
    void open() {
        store = new JobStore(REDIS.template(), List.of(), Settings.defaults(), REDIS.executor());
        handlers = new JobHandlers(REDIS.template());
        JobHashes hashes = new JobHashes(REDIS.template());
        recovery = new JobRecovery(REDIS.template(), hashes, Settings.defaults());
        parked = parked(Map.of());
    }

    @AfterEach
    void close() {
        store.destroy();
    }

    @Test
    void aJobWaitsUntilANodeHasItsType() {
        submit("1");
        TransitionResult result = park("1");
        assertThat(result.isStarted()).isFalse();
        assertThat(REDIS.hash("1"))
                .containsEntry("status", "3")
                .containsEntry("state", "RETRYING")
                .containsEntry("attempt", "0")
                .containsEntry("errorType", "NoHandler")
                .doesNotContainKey("failures");
        assertThat(REDIS.score(JobIndex.DUE, "1"))
                .as("no other job waits behind it")
                .isNull();
        handlers.announce(List.of("other"));
        assertNothingIsReleasedFor(Duration.ofMillis(1500));

        handlers.announce(List.of("other", TYPE));

        Job job = await().until(() -> parked.release(recovery.due()), jobs -> !jobs.isEmpty())
                .get(0);
        assertThat(job.id()).isEqualTo("1");
        assertThat(job.payload()).isEqualTo("{\"a\":1}");
        assertThat(parked.release(List.of())).as("taken").isEmpty();
        assertThat(write(recovery.requeued(job)).state()).isEqualTo(JobState.QUEUED);
        assertThat(write(started("1")).attempt()).isOne();
    }

    @Test
    void aMessageOfAnotherServiceIsAdopted() {
        park("1");
        assertThat(REDIS.hash("1")).containsEntry("state", "RETRYING").containsEntry("payload", "{\"a\":1}");
        handlers.announce(List.of(TYPE));

        await().until(() -> parked.release(List.of()).size() == 1);
    }

    @Test
    void aRetryThatIsDueWaitsWithTheOthers() {
        submit("1");
        Job job = write(started("1")).job();
        write(JobTransition.retrying(job, new JobError("IOException", "no route"), Duration.ofMillis(1)));

        await().untilAsserted(() -> {
            assertThat(parked.release(recovery.due())).isEmpty();
            assertThat(REDIS.score(PARKED, "1")).isNotNull();
            assertThat(REDIS.score(JobIndex.DUE, "1")).isNull();
        });
        assertThat(REDIS.hash("1")).containsEntry("errorType", "NoHandler").containsEntry("failures", "1");

        handlers.announce(List.of(TYPE));
        await().until(() -> parked.release(recovery.due()).size() == 1);
    }

    @Test
    void whatWaitsForAnotherReasonIsNotHeldUp() {
        submit("1");
        write(started("1", Duration.ofMillis(1)));

        List<Job> due = await().until(() -> parked.release(recovery.due()), jobs -> !jobs.isEmpty());

        assertThat(due).extracting(Job::state).containsExactly(JobState.RUNNING);
    }

    @Test
    void anAttemptWhoseHandlerIsGoneWaitsWithoutAFailure() {
        submit("1");
        Job job = write(started("1")).job();

        assertThat(write(JobTransition.unhandled(job)).done()).isTrue();

        assertThat(REDIS.hash("1")).containsEntry("state", "RETRYING").doesNotContainKey("failures");
        assertThat(REDIS.score(PARKED, "1")).isNotNull();
        await().untilAsserted(() -> assertThat(REDIS.score(JobIndex.DUE, "1")).isNull());
    }

    @Test
    void aJobThatSomebodyRunsIsNotParked() {
        submit("1");
        write(started("1"));

        assertThat(park("1").done()).isFalse();

        assertThat(REDIS.hash("1")).containsEntry("state", "RUNNING");
    }

    @Test
    void aStaleEntryIsDroppedAndARetryIsNotHurried() {
        submit("1");
        submit("2");
        Job job = write(started("2")).job();
        write(JobTransition.retrying(job, new JobError("IOException", "no route"), Duration.ofMinutes(10)));
        List.of("1", "2", "gone").forEach(id -> REDIS.template().opsForZSet().add(PARKED, id, 1));
        handlers.announce(List.of(TYPE));

        assertThat(parked.release(List.of())).isEmpty();

        assertThat(REDIS.template().opsForZSet().zCard(PARKED)).isZero();
        assertThat(REDIS.score(JobIndex.DUE, "2").longValue())
                .isCloseTo(Long.parseLong(REDIS.hash("2").get("until")), within(10_000L));
    }

    @Test
    void failsWhatNoNodeHasHadForTheTimeout() {
        parked = parked(Map.of("handler-timeout", "1s", "retention", "30d"));
        submit("1");
        park("1");

        await().untilAsserted(() -> {
            assertThat(parked.release(recovery.due()))
                    .as("nothing goes to the queue")
                    .allSatisfy(job -> assertThat(job.state()).isEqualTo(JobState.FAILED));
            assertThat(REDIS.hash("1"))
                    .containsEntry("state", "FAILED")
                    .containsEntry("errorType", "NoHandler")
                    .containsEntry("errorMessage", "No running node has had a handler for the type hello for 1 s");
        });
        assertThat(REDIS.score(JobIndex.DUE, "1")).as("is buried").isNotNull();
        assertThat(REDIS.template().getExpire(JobHashes.KEY + "1"))
                .isGreaterThan(Duration.ofDays(29).toSeconds());
    }

    @Test
    void failsNothingOfATypeThatComesAndGoes() {
        parked = parked(Map.of("handler-timeout", "2s"));
        submit("1");
        park("1");
        REDIS.template().opsForZSet().add(PARKED, "1", 1); // for a long time
        parked.release(List.of());
        await().pollDelay(Duration.ofSeconds(1)).until(() -> true);
        handlers.announce(List.of(TYPE));
        await().until(() -> parked.release(List.of()).size() == 1);
        REDIS.template().delete(JobHandlers.KEY);
        REDIS.template().opsForZSet().add(PARKED, "1", 1);

        assertNothingIsReleasedFor(Duration.ofMillis(1500));

        assertThat(REDIS.hash("1")).containsEntry("state", "RETRYING");
    }

    @Test
    void manyAreReleasedAFewAtATimeAndOnesThatNobodyHasAreNotRead() {
        CompletableFuture.allOf(IntStream.range(0, 2000)
                        .mapToObj(i -> store.write(
                                JobTransition.parked(Job.create("job-" + i, i < 1500 ? TYPE : "gone", null, "t" + i))))
                        .toArray(CompletableFuture[]::new))
                .join();
        handlers.announce(List.of(TYPE));
        for (int i = 0; i < 2000; i++) {
            REDIS.template().opsForZSet().add(i < 1500 ? PARKED : JobIndex.PARKED + "gone", "job-" + i, i);
            REDIS.template().opsForHash().put(JobHashes.KEY + "job-" + i, "until", "0");
        }

        assertThat(IntStream.range(0, 3).map(i -> parked.release(List.of()).size()))
                .containsExactly(DueEntries.BATCH, 1500 - DueEntries.BATCH, 0);
        assertThat(REDIS.score(JobIndex.PARKED + "gone", "job-1999")).isEqualTo(1999);
    }

    @Test
    void aTypeIsAliveForSomeSecondsAfterItsLastNode() {
        handlers.announce(List.of(TYPE, "b"));
        assertThat(handlers.alive()).containsExactlyInAnyOrder(TYPE, "b");
        assertThat(REDIS.template().getExpire(JobHandlers.KEY)).isPositive();
        REDIS.template().opsForZSet().add(JobHandlers.KEY, "b", System.currentTimeMillis() - 7000);
        assertThat(handlers.alive()).containsExactly(TYPE);
        handlers.announce(List.of());
        assertThat(REDIS.score(JobHandlers.KEY, "b")).isNull();
    }

    private void assertNothingIsReleasedFor(Duration time) {
        await().during(time).atMost(time.plusSeconds(5)).untilAsserted(() -> assertThat(parked.release(recovery.due()))
                .isEmpty());
    }

    private ParkedJobs parked(Map<String, String> changed) {
        JobHashes hashes = new JobHashes(REDIS.template());
        return new ParkedJobs(
                REDIS.template(),
                new JobIndex(REDIS.template(), hashes, mock(), Settings.defaults()),
                hashes,
                store,
                handlers,
                Settings.with(changed));
    }

    private TransitionResult write(JobTransition move) {
        return store.write(move).join();
    }

    private void submit(String id) {
        write(JobTransition.submitted(Job.create(id, TYPE, "{\"a\":1}", "a"), null, Duration.ofHours(1)));
    }

    private TransitionResult park(String id) {
        return store.retryUntilStored(JobTransition.parked(Job.create(id, TYPE, "{\"a\":1}", "p")))
                .join();
    }

    private static JobTransition started(String id) {
        return started(id, Duration.ofSeconds(10));
    }

    private static JobTransition started(String id, Duration lease) {
        return JobTransition.started(Job.create(id, TYPE, null, "w"), "node-1", lease);
    }
}
