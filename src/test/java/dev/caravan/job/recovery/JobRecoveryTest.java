package dev.caravan.job.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import dev.caravan.job.Job;
import dev.caravan.job.JobError;
import dev.caravan.job.JobSettings;
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
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.dao.DataAccessException;

@Timeout(120)
class JobRecoveryTest {
    private static final Duration LEASE = Duration.ofSeconds(10);
    private static final Duration AT_ONCE = Duration.ofMillis(1);
    private static final Duration RETENTION = Duration.ofHours(1);
    private static final JobError ERROR = new JobError("IOException", "no route");

    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private final AtomicLong nanos = new AtomicLong();
    private final AtomicLong redisMillis = new AtomicLong(1_000_000);
    private JobStore store;
    private JobRecovery recovery;

    @BeforeEach
    void open() {
        store = new JobStore(REDIS.template(), List.of(), Settings.defaults(), REDIS.executor());
        recovery = recovery(Map.of());
    }

    @AfterEach
    void close() {
        store.destroy();
    }

    @Test
    void aRetryIsFoundWhenItIsDueAndNotBefore() {
        Job job = running("1", LEASE);
        write(JobTransition.retrying(job, ERROR, Duration.ofMillis(700)));

        assertThat(recovery.due()).isEmpty();

        await().untilAsserted(() -> assertThat(recovery.due()).singleElement().satisfies(due -> {
            assertThat(due.id()).isEqualTo("1");
            assertThat(due.state()).isEqualTo(JobState.RETRYING);
            assertThat(due.attempt()).isEqualTo(1);
            assertThat(due.failures()).isEqualTo(1);
            assertThat(due.payload()).isEqualTo("{\"a\":1}");
        }));
        assertThat(write(recovery.requeued(job("1", JobState.RETRYING))).done()).isTrue();
    }

    @Test
    void whatOneNodeTookNoOtherTakesForAWhile() {
        write(JobTransition.retrying(running("1", LEASE), ERROR, AT_ONCE));
        await().until(() -> recovery.due().size() == 1);

        assertThat(recovery.due()).isEmpty();
        assertThat(recovery(Map.of()).due()).isEmpty();
        assertThat(REDIS.score(JobIndex.DUE, "1")).isGreaterThan(System.currentTimeMillis() + 10_000);
    }

    @Test
    void anAttemptWhoseLeaseHasEndedIsFound() {
        running("1", Duration.ofMillis(300));
        running("2", LEASE);

        await().untilAsserted(() -> assertThat(recovery.due()).singleElement().satisfies(due -> {
            assertThat(due.id()).isEqualTo("1");
            assertThat(due.state()).isEqualTo(JobState.RUNNING);
        }));
    }

    @Test
    void anAttemptThatWasExtendedIsLookedAtWhenItsLeaseEnds() {
        running("1", LEASE);
        REDIS.template().opsForZSet().add(JobIndex.DUE, "1", 1);

        assertThat(recovery.due()).isEmpty();

        assertThat(REDIS.score(JobIndex.DUE, "1").longValue())
                .isEqualTo(Long.parseLong(REDIS.hash("1").get("until")));
    }

    @Test
    void aFailedJobWithoutItsCopyOnTheDeadQueueIsFound() {
        Job failed = write(JobTransition.failed(running("1", LEASE), ERROR, RETENTION))
                .job();
        assertThat(recovery.due()).isEmpty();
        REDIS.template().opsForZSet().add(JobIndex.DUE, "1", 1);
        assertThat(recovery.due()).singleElement().satisfies(due -> assertThat(due.state())
                .isEqualTo(JobState.FAILED));

        write(JobTransition.buried(failed, RETENTION));
        REDIS.template().opsForZSet().add(JobIndex.DUE, "1", 1);
        assertThat(recovery.due()).isEmpty();
        assertThat(REDIS.score(JobIndex.DUE, "1")).isNull();
    }

    @Test
    void entriesOfJobsThatNeedNothingAreDropped() {
        write(JobTransition.finished(running("finished", LEASE), "Success", RETENTION));
        write(submitted("queued"));
        store.withdraw(JobTransition.withdrawn(submitted("withdrawn").job(), RETENTION))
                .join();
        write(submitted("next batch"));
        List<String> ids = List.of("finished", "queued", "withdrawn", "gone");
        ids.forEach(id -> REDIS.template().opsForZSet().add(JobIndex.DUE, id, 1));

        assertThat(recovery.due()).isEmpty();

        assertThat(REDIS.template().opsForZSet().zCard(JobIndex.DUE)).isZero();
    }

    @Test
    void oneEntryThatIsNoJobDoesNotHideTheOthers() {
        REDIS.template().opsForValue().set("Job:text", "not a hash");
        REDIS.put("odd", Map.of("status", "1", "until", "tomorrow", "attempt", "first"));
        write(JobTransition.retrying(running("1", LEASE), ERROR, AT_ONCE));
        for (String id : List.of("text", "odd", "1")) {
            REDIS.template().opsForZSet().add(JobIndex.DUE, id, 1);
        }

        await().untilAsserted(
                        () -> assertThat(recovery.due()).extracting(Job::id).contains("1"));

        assertThat(REDIS.score(JobIndex.DUE, "text")).isNull();
    }

    @Test
    void manyAreFoundAThousandAtATime() {
        silent(2500);

        assertThat(IntStream.range(0, 4).map(i -> recovery.due().size())).containsExactly(1000, 1000, 500, 0);
    }

    @Test
    void theNextFollowAtOnceWhenTheLastAreBackOnTheQueue() {
        silent(1500);
        List<Job> first = recovery.due();
        assertThat(recovery.more()).as("before any is back").isEmpty();
        first.forEach(job -> recovery.accept(write(recovery.requeued(job))));

        assertThat(recovery.due()).hasSize(500);
        assertThat(recovery.more()).as("after the last ones").isEmpty();
    }

    @Test
    void afterAFullBatchMoreAreLookedForUntilItIsTimeForTheNextCheck() {
        recovery = recovery(Map.of("due-period", "1m"));
        silent(2500);
        recovery.due().forEach(job -> recovery.accept(result(job)));
        List<Job> second = recovery.more();
        assertThat(second).hasSize(1000);
        second.forEach(job -> recovery.accept(result(job)));
        assertThat(recovery.more()).hasSize(500);
        assertThat(recovery.more()).isEmpty();

        JobRecovery hasty = recovery(Map.of("due-period", "1ns"));
        silent(1500);
        hasty.due().forEach(job -> hasty.accept(result(job)));
        assertThat(hasty.more()).isEmpty();
    }

    @Test
    void largePayloadsComeInSmallerBatches() {
        String payload = "\"" + "x".repeat(3_000_000) + "\"";
        for (int i = 0; i < 5; i++) {
            REDIS.put("job-" + i, Map.of("status", "3", "state", "RETRYING", "payload", payload));
            REDIS.template().opsForZSet().add(JobIndex.DUE, "job-" + i, i);
        }

        assertThat(recovery.due()).hasSize(2).allSatisfy(job -> assertThat(job.payload())
                .isEqualTo(payload));
        assertThat(recovery.due()).hasSize(2);
        assertThat(recovery.due()).hasSize(1);
        assertThat(recovery.due()).isEmpty();
    }

    @Test
    void anEntryThatATransitionAddsMeanwhileStays() {
        REDIS.template().opsForZSet().add(JobIndex.DUE, "1", 1);
        REDIS.template().opsForZSet().add(JobIndex.DUE, "2", 1);
        DueEntries entries = new DueEntries(REDIS.template(), new JobHashes(REDIS.template()));

        entries.take(JobIndex.DUE, DueEntries.NEVER, Duration.ofSeconds(15), hash -> {
            REDIS.template().opsForZSet().add(JobIndex.DUE, "1", 7);
            return DueEntries.NEVER;
        });

        assertThat(REDIS.score(JobIndex.DUE, "1")).isEqualTo(7);
        assertThat(REDIS.score(JobIndex.DUE, "2")).isNull();
    }

    @Test
    void whenTheClockOfRedisJumpsLeasesGetOneMore() {
        JobRecovery other = played(Settings.defaults());
        assertThat(other.due()).hasSize(1);
        redisMillis.addAndGet(3_600_000);

        assertThat(other.due()).isEmpty();
        assertThat(other.due()).isEmpty();
        pass(Duration.ofSeconds(7));
        assertThat(other.due()).isEmpty();
        pass(Duration.ofSeconds(7));
        assertThat(other.due()).isEmpty();
        pass(Duration.ofSeconds(2));
        assertThat(other.due()).hasSize(1);
    }

    @Test
    void aGapInTheRepliesOfRedisCountsAndALongBatchDoesNot() {
        JobRecovery other = played(Settings.defaults());
        List<Job> jobs = other.due();
        pass(Duration.ofSeconds(6));
        jobs.forEach(job -> other.accept(result(job)));
        pass(Duration.ofSeconds(6));
        assertThat(other.due()).as("12 s after the last check").hasSize(1);

        pass(Duration.ofSeconds(8));
        other.accept(result(job("1", JobState.QUEUED)));
        assertThat(other.due()).as("8 s without a reply").isEmpty();
    }

    @Test
    void afterATimeWithoutRedisLeasesGetOneMore() {
        recovery = recovery(Map.of("lease", "1s"));
        assertThat(recovery.due()).isEmpty();
        REDIS.stop();
        assertThatThrownBy(() -> recovery.due()).isInstanceOf(DataAccessException.class);
        await().pollDelay(Duration.ofMillis(600)).until(() -> true);
        REDIS.start();
        await().ignoreExceptions().until(() -> REDIS.template().hasKey(JobIndex.DUE) != null);
        await().ignoreExceptions().until(() -> write(submitted("1")).done());
        write(started("1", "w", AT_ONCE));

        long began = System.nanoTime();
        assertThat(recovery.due()).isEmpty();
        await().pollInterval(Duration.ofMillis(50)).until(() -> recovery.due().size() == 1);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofMillis(900));
    }

    private JobRecovery recovery(Map<String, String> changed) {
        return new JobRecovery(REDIS.template(), new JobHashes(REDIS.template()), Settings.with(changed));
    }

    /** One that always finds a job, by clocks of its own. */
    private JobRecovery played(JobSettings settings) {
        DueEntries entries = mock();
        when(entries.take(any(), anyLong(), any(), any()))
                .thenAnswer(call -> new DueEntries.Taken(
                        redisMillis.get(),
                        call.<Long>getArgument(1) == 0 ? Map.of() : Map.of("1", Map.of("state", "RETRYING")),
                        false));
        return new JobRecovery(entries, settings, nanos::get);
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
        redisMillis.addAndGet(time.toMillis());
    }

    /** Attempts whose worker is gone. */
    private static void silent(int jobs) {
        for (int i = 0; i < jobs; i++) {
            REDIS.put("job-" + i, Map.of("status", "1"));
            REDIS.template().opsForZSet().add(JobIndex.DUE, "job-" + i, i);
        }
    }

    private static TransitionResult result(Job job) {
        return new TransitionResult(true, job, job.state(), 0, 0, "", true, false, false, Duration.ZERO, Duration.ZERO);
    }

    private TransitionResult write(JobTransition move) {
        return store.write(move).join();
    }

    private Job running(String id, Duration lease) {
        write(submitted(id));
        return write(started(id, "w", lease)).job();
    }

    private static JobTransition submitted(String id) {
        return JobTransition.submitted(Job.create(id, "hello", "{\"a\":1}", "a"), null, RETENTION);
    }

    private static JobTransition started(String id, String token, Duration lease) {
        return JobTransition.started(Job.create(id, "hello", null, token), "node-1", lease);
    }

    private static Job job(String id, JobState state) {
        return new Job(id, "hello", null, "r", state, 1, 1, 0, 0);
    }
}
