package dev.caravan.job.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import dev.caravan.job.Job;
import dev.caravan.job.JobPriority;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.amqp.core.AmqpAdmin;
import org.springframework.amqp.core.QueueInformation;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@Timeout(120)
@ExtendWith(OutputCaptureExtension.class)
class LostJobsTest {
    private static final Duration RETENTION = Duration.ofHours(1);
    private static final String QUEUE = Settings.defaults().queue();
    private static final String AGAIN = Settings.defaults().againQueue();

    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private final AmqpAdmin admin = mock();
    private JobStore store;
    private LostJobs jobs;

    @BeforeEach
    void open() {
        store = new JobStore(REDIS.template(), List.of(), Settings.defaults(), REDIS.executor());
        jobs = jobs(Map.of());
        reply(QUEUE, 3, 1);
        reply(AGAIN, 0, 1);
    }

    @AfterEach
    void close() {
        store.destroy();
    }

    @Test
    void whileOthersWaitAJobIsLostWhenOneThatCameWellLaterIsClaimed() {
        write(submitted("lost"));
        queuedBefore("lost", Duration.ofSeconds(20));
        write(submitted("waits"));
        queuedBefore("waits", Duration.ofSeconds(10));
        assertThat(jobs.find()).isEmpty();

        jobs.accept(claimed());

        assertThat(jobs.find()).singleElement().satisfies(lost -> {
            assertThat(lost.id()).isEqualTo("lost");
            assertThat(lost.state()).isEqualTo(JobState.QUEUED);
            assertThat(write(JobTransition.requeued(lost)).done()).isTrue();
        });
        assertThat(jobs.find()).isEmpty();
        assertThat(REDIS.score(JobIndex.QUEUED, "waits")).isNotNull();
        write(submitted("next batch"));
        assertThat(REDIS.score(JobIndex.QUEUED, "lost")).isNull();
        assertThat(REDIS.score(JobIndex.AGAIN, "lost")).isNotNull();
    }

    @Test
    void aRetryAndAnAdoptedJobTellNothingOfTheQueue() {
        write(submitted("1"));
        queuedBefore("1", Duration.ofMinutes(10));
        JobTransition retry = JobTransition.retrying(
                write(started("2")).job(), new dev.caravan.job.JobError("IOException", ""), Duration.ZERO);
        jobs.accept(write(started("adopted")));
        write(retry);
        jobs.accept(write(started("2", "w2")));

        assertThat(jobs.find()).isEmpty();
    }

    @Test
    void eachPriorityHasAnOrderOfItsOwn() {
        for (JobPriority priority : JobPriority.values()) {
            String id = priority.text();
            write(submitted(id).prioritized(priority));
            queuedBefore(id, Duration.ofMinutes(1), priority);
        }
        reply(QUEUE, 0, 1);
        jobs.accept(claimed(JobPriority.LOW));

        assertThat(jobs.find()).extracting(Job::id, Job::priority).containsExactly(tuple("low", JobPriority.LOW));

        jobs.accept(claimed(JobPriority.HIGH));
        assertThat(jobs.find()).extracting(Job::id).contains("high").doesNotContain("normal");
    }

    @Test
    void whatWaitsForItsTurnIsNotLost() {
        write(submitted("1"));
        queuedBefore("1", Duration.ofMinutes(1), JobPriority.NORMAL);
        jobs.accept(claimed());
        reply(Settings.defaults().highQueue(), 1, 1);
        assertThat(jobs.find()).isEmpty();

        reply(Settings.defaults().highQueue(), 0, 1);
        assertThat(jobs.find()).isEmpty();
        assertThat(jobs.find()).isEmpty();
        assertThat(jobs.find()).hasSize(1);
    }

    @Test
    void oneReplyOfZeroIsNotTrusted() {
        jobs = jobs(Map.of("lost-after", "1ms"));
        write(submitted("1"));
        reply(QUEUE, 0, 1);

        assertThat(jobs.find()).isEmpty();
        assertThat(jobs.find()).isEmpty();
        reply(QUEUE, 0, 0); // without a leader
        assertThat(jobs.find()).isEmpty();
        reply(QUEUE, 0, 1);
        assertThat(jobs.find()).isEmpty();
        assertThat(jobs.find()).isEmpty();
        await().until(() -> jobs.find().size() == 1);
    }

    @Test
    void aJobOnTheOtherQueueIsLostWhenThatStaysEmpty() {
        jobs = jobs(Map.of("lost-after", "1ms"));
        write(submitted("1"));
        write(JobTransition.requeued(new Job("1", "hello", null, "r", JobState.QUEUED, 0, 0, 0, 0)));
        reply(AGAIN, 1, 1);
        for (int i = 0; i < 5; i++) {
            assertThat(jobs.find()).isEmpty();
        }

        reply(AGAIN, 0, 1);

        await().until(() -> jobs.find().size() == 1);
    }

    @Test
    void whatAnotherServiceMayHoldIsNotLost() {
        write(submitted("1"));
        queuedBefore("1", Duration.ofMinutes(10));
        reply(QUEUE, 3, 2);
        jobs.accept(claimed());
        for (int i = 0; i < 5; i++) {
            assertThat(jobs.find()).isEmpty();
        }

        reply(QUEUE, 3, 1); // it restarts
        assertThat(jobs.find()).isEmpty();
    }

    @Test
    void afterTheTimeOfAConsumerItIsLostAllTheSame() {
        jobs = jobs(Map.of("lost-after-foreign", "300ms"));
        write(submitted("1"));
        queuedBefore("1", Duration.ofMinutes(10));
        reply(QUEUE, 3, 2);
        jobs.accept(claimed());
        assertThat(jobs.find()).isEmpty();

        await().until(() -> jobs.find().size() == 1);
    }

    @Test
    void aWorkerThatStopsIsNoOtherServiceForLong() {
        write(submitted("1"));
        queuedBefore("1", Duration.ofMinutes(10));
        jobs.accept(claimed());
        reply(AGAIN, 0, 0);
        assertThat(jobs.find()).isEmpty();

        reply(AGAIN, 0, 1);
        assertThat(jobs.find()).hasSize(1);
    }

    @Test
    void saysOnceThatNobodyTakesWhatRunsAgain(CapturedOutput output) {
        reply(AGAIN, 2, 0);
        jobs.find();
        jobs.find();
        assertThat(output).doesNotContain("no consumer");
        jobs.find();
        jobs.find();

        assertThat(output).containsOnlyOnce("Queue " + AGAIN + " has jobs, but no consumer");
    }

    @Test
    void aJobThatWasTakenFromTheQueueIsNotLost() {
        write(submitted("1"));
        write(started("1"));
        for (String id : List.of("1", "gone")) {
            REDIS.template().opsForZSet().add(JobIndex.QUEUED, id, 1);
        }
        jobs.accept(claimed());

        assertThat(jobs.find()).isEmpty();
        assertThat(REDIS.score(JobIndex.QUEUED, "1")).isNull();
        assertThat(REDIS.score(JobIndex.QUEUED, "gone")).isNull();
    }

    private LostJobs jobs(Map<String, String> changed) {
        return new LostJobs(REDIS.template(), new JobHashes(REDIS.template()), admin, Settings.with(changed));
    }

    private void reply(String queue, int messages, int consumers) {
        when(admin.getQueueInfo(queue)).thenReturn(new QueueInformation(queue, messages, consumers));
    }

    /** The first attempt of a job that was submitted a moment ago. */
    private static TransitionResult claimed() {
        return claimed(JobPriority.NORMAL);
    }

    private static TransitionResult claimed(JobPriority priority) {
        Job job = new Job("other", "hello", null, "w", JobState.RUNNING, 1, 0, 0, System.currentTimeMillis(), priority);
        return new TransitionResult(
                true, job, job.state(), 0, 0, "", true, false, false, Duration.ZERO, Duration.ofMillis(3));
    }

    private TransitionResult write(JobTransition move) {
        return store.write(move).join();
    }

    private static void queuedBefore(String id, Duration time) {
        queuedBefore(id, time, JobPriority.NORMAL);
    }

    private static void queuedBefore(String id, Duration time, JobPriority priority) {
        long at = System.currentTimeMillis() - time.toMillis();
        REDIS.put(id, Map.of("updatedAt", Long.toString(at)));
        REDIS.template().opsForZSet().add(JobIndex.queued(priority), id, at);
    }

    private static JobTransition submitted(String id) {
        return JobTransition.submitted(Job.create(id, "hello", "{\"a\":1}", "a"), null, RETENTION);
    }

    private static JobTransition started(String id) {
        return started(id, "w");
    }

    private static JobTransition started(String id, String token) {
        return JobTransition.started(Job.create(id, "hello", null, token), "node-1", Duration.ofSeconds(10));
    }
}
