package dev.caravan.job.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import dev.caravan.job.Job;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.amqp.core.AmqpAdmin;
import org.springframework.amqp.core.QueueInformation;

@Timeout(60)
class LostJobsTest {
    private static final Duration RETENTION = Duration.ofHours(1);
    private static final String QUEUE = Settings.defaults().queue();

    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private final AmqpAdmin admin = mock();
    private JobStore store;
    private LostJobs jobs;

    @BeforeEach
    void open() {
        store = new JobStore(REDIS.template(), List.of(), Settings.defaults(), REDIS.executor());
        jobs = new LostJobs(REDIS.template(), new JobHashes(REDIS.template()), admin, Settings.defaults());
    }

    @AfterEach
    void close() {
        store.destroy();
    }

    @Test
    void aJobQueuedForLongIsLostOnlyIfTheQueueIsEmpty() {
        write(submitted("1"));
        queuedLongAgo("1");

        when(admin.getQueueInfo(QUEUE)).thenReturn(new QueueInformation(QUEUE, 3, 0));
        assertThat(jobs.find()).isEmpty();
        when(admin.getQueueInfo(QUEUE)).thenReturn(null);
        assertThat(jobs.find()).isEmpty();
        when(admin.getQueueInfo(QUEUE)).thenReturn(new QueueInformation(QUEUE, 0, 1));
        assertThat(jobs.find()).singleElement().satisfies(lost -> {
            assertThat(lost.id()).isEqualTo("1");
            assertThat(lost.state()).isEqualTo(JobState.QUEUED);
            assertThat(write(JobTransition.requeued(lost)).done()).isTrue();
        });
        assertThat(jobs.find()).isEmpty();
        assertThat(REDIS.score(JobIndex.QUEUED, "1")).isGreaterThan(1_000_000);
    }

    @Test
    void aJobQueuedJustNowIsNotLost() {
        when(admin.getQueueInfo(QUEUE)).thenReturn(new QueueInformation(QUEUE, 0, 1));
        write(submitted("1"));

        assertThat(jobs.find()).isEmpty();
    }

    @Test
    void aJobThatWasTakenFromTheQueueIsNotLost() {
        when(admin.getQueueInfo(QUEUE)).thenReturn(new QueueInformation(QUEUE, 0, 1));
        write(submitted("1"));
        write(started("1"));
        for (String id : List.of("1", "gone")) {
            REDIS.template().opsForZSet().add(JobIndex.QUEUED, id, 1);
        }

        assertThat(jobs.find()).isEmpty();
        assertThat(REDIS.score(JobIndex.QUEUED, "1")).isNull();
        assertThat(REDIS.score(JobIndex.QUEUED, "gone")).isNull();
    }

    private TransitionResult write(JobTransition move) {
        return store.write(move).join();
    }

    private static void queuedLongAgo(String id) {
        REDIS.put(id, java.util.Map.of("updatedAt", "1"));
        REDIS.template().opsForZSet().add(JobIndex.QUEUED, id, 1);
    }

    private static JobTransition submitted(String id) {
        return JobTransition.submitted(Job.create(id, "hello", "{\"a\":1}", "a"), null, RETENTION);
    }

    private static JobTransition started(String id) {
        return JobTransition.started(Job.create(id, "hello", null, "w"), "node-1", Duration.ofSeconds(10));
    }
}
