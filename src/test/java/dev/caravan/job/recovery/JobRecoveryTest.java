package dev.caravan.job.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

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
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.amqp.core.AmqpAdmin;
import org.springframework.amqp.core.QueueInformation;
import org.springframework.dao.DataAccessException;

@Timeout(60)
class JobRecoveryTest {
    private static final Duration LEASE = Duration.ofSeconds(10);
    private static final Duration AT_ONCE = Duration.ofMillis(1);
    private static final Duration RETENTION = Duration.ofHours(1);
    private static final JobError ERROR = new JobError("IOException", "no route");
    private static final String QUEUE = Settings.defaults().queue();

    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private final AmqpAdmin admin = mock();
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
    void manyAreFoundAFewAtATime() {
        for (int i = 0; i < 120; i++) {
            REDIS.put("job-" + i, Map.of("status", "1"));
            REDIS.template().opsForZSet().add(JobIndex.DUE, "job-" + i, i);
        }

        assertThat(IntStream.range(0, 4).map(i -> recovery.due().size())).containsExactly(50, 50, 20, 0);
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

    @Test
    void whatCouldNotBeTakenBackIsPaidWithTheNextLook() {
        JobTransition submitted = submitted("1");
        REDIS.stop();
        store.withdraw(JobTransition.withdrawn(submitted.job(), RETENTION)).join();
        REDIS.start();

        await().ignoreExceptions().untilAsserted(() -> {
            recovery.due();
            assertThat(REDIS.hash("1")).containsEntry("state", "WITHDRAWN");
        });
    }

    @Test
    void aJobQueuedForLongIsLostOnlyIfTheQueueIsEmpty() {
        write(submitted("1"));
        REDIS.template().opsForZSet().add(JobIndex.QUEUED, "1", 1);

        when(admin.getQueueInfo(QUEUE)).thenReturn(new QueueInformation(QUEUE, 3, 0));
        assertThat(recovery.lost()).isEmpty();
        when(admin.getQueueInfo(QUEUE)).thenReturn(null);
        assertThat(recovery.lost()).isEmpty();
        when(admin.getQueueInfo(QUEUE)).thenReturn(new QueueInformation(QUEUE, 0, 1));
        assertThat(recovery.lost()).singleElement().satisfies(lost -> {
            assertThat(lost.id()).isEqualTo("1");
            assertThat(lost.state()).isEqualTo(JobState.QUEUED);
            assertThat(write(recovery.requeued(lost)).done()).isTrue();
        });
        assertThat(recovery.lost()).isEmpty();
        assertThat(REDIS.score(JobIndex.QUEUED, "1")).isGreaterThan(1_000_000);
    }

    @Test
    void aJobQueuedJustNowIsNotLost() {
        when(admin.getQueueInfo(QUEUE)).thenReturn(new QueueInformation(QUEUE, 0, 1));
        write(submitted("1"));

        assertThat(recovery.lost()).isEmpty();
    }

    @Test
    void aJobThatWasTakenFromTheQueueIsNotLost() {
        when(admin.getQueueInfo(QUEUE)).thenReturn(new QueueInformation(QUEUE, 0, 1));
        running("1", LEASE);
        for (String id : List.of("1", "gone")) {
            REDIS.template().opsForZSet().add(JobIndex.QUEUED, id, 1);
        }

        assertThat(recovery.lost()).isEmpty();
        assertThat(REDIS.score(JobIndex.QUEUED, "1")).isNull();
        assertThat(REDIS.score(JobIndex.QUEUED, "gone")).isNull();
    }

    private JobRecovery recovery(Map<String, String> changed) {
        return new JobRecovery(REDIS.template(), store, new JobHashes(REDIS.template()), admin, Settings.with(changed));
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
