package dev.caravan.job.store;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.job.Job;
import dev.caravan.job.JobError;
import dev.caravan.job.JobState;
import dev.caravan.job.JobTransition;
import dev.caravan.job.Settings;
import dev.caravan.job.TestRedis;
import dev.caravan.job.TransitionResult;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Which jobs are noted when they end, and who gets them. */
@Timeout(120)
class EndedJobsTest {
    private static final Duration KEEP = Duration.ofHours(2);

    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private final EndedJobs ended = new EndedJobs(REDIS.template());
    private JobStore store;

    @BeforeEach
    void open() {
        store = new JobStore(REDIS.template(), List.of(), Settings.defaults(), REDIS.executor());
    }

    @AfterEach
    void close() {
        store.destroy();
    }

    private TransitionResult write(JobTransition transition) {
        return store.write(transition).orTimeout(20, SECONDS).join();
    }

    private static Job job(String id) {
        return Job.create(id, "hello", null, "token-" + id);
    }

    private static JobTransition submitted(String id) {
        return JobTransition.submitted(job(id), null, KEEP);
    }

    private Job running(String id) {
        write(submitted(id));
        return write(JobTransition.started(job(id), "node-1", KEEP)).job();
    }

    private Set<String> noted() {
        return REDIS.template().opsForZSet().range(EndedJobs.KEY, 0, -1);
    }

    @Test
    void whatNobodyWantsIsNotNoted() {
        write(JobTransition.finished(running("1"), "done", KEEP));
        store.noteEnds((type, end) -> end == JobState.FAILED);
        write(JobTransition.finished(running("2"), "done", KEEP));
        assertThat(REDIS.template().hasKey(EndedJobs.KEY)).isFalse();

        Job failed = write(JobTransition.failed(running("3"), new JobError("IOException", "no route"), KEEP))
                .job();
        assertThat(noted()).containsExactly("3");
        REDIS.template().delete(EndedJobs.KEY);
        write(JobTransition.buried(failed, KEEP));
        assertThat(noted()).as("the copy on the dead queue is no end").isEmpty();
    }

    @Test
    void eachWayToEndIsNoted() {
        store.noteEnds((type, end) -> type.equals("hello"));
        write(submitted("withdrawn"));
        write(JobTransition.withdrawn(job("withdrawn"), KEEP));
        Job requested = running("requested");
        write(submitted("expires").expiring(Duration.ofMillis(1), KEEP));
        await().pollDelay(Duration.ofMillis(5)).until(() -> write(JobTransition.started(job("expires"), "node-1", KEEP))
                .state()
                .terminal());
        write(submitted("cancelled"));
        write(JobTransition.cancelled(job("cancelled"), "ada", KEEP));
        write(JobTransition.finished(running("finished"), "done", KEEP));
        // The one that no transition of an end has brought about comes with the next batch.
        await().untilAsserted(() -> assertThat(noted()).containsExactlyInAnyOrder("expires", "cancelled", "finished"));

        write(JobTransition.cancelled(requested, "ada", KEEP));
        assertThat(noted()).as("its worker has yet to end it").contains("requested");
    }

    @Test
    void oneThatEndsAgainMeanwhileStays() {
        store.noteEnds((type, end) -> true);
        write(JobTransition.finished(running("1"), "done", KEEP));
        write(JobTransition.finished(running("2"), "done", KEEP));
        Set<String> taken = new HashSet<>();
        await().until(() -> taken.addAll(ended.take(2)) && taken.size() == 2);
        store.write(JobTransition.finished(job("1"), "done", KEEP)); // noted again, whatever becomes of it
        await().until(() -> REDIS.template().opsForZSet().score(EndedJobs.KEY, "1")
                < REDIS.template().opsForZSet().score(EndedJobs.KEY, "2"));
        ended.remove(taken);
        assertThat(noted()).containsExactly("1");
    }

    @Test
    void oneThatIsTakenIsNobodyElsesForAWhile() {
        store.noteEnds((type, end) -> true);
        for (int i = 0; i < 5; i++) {
            write(JobTransition.finished(running("" + i), "done", KEEP));
        }
        Set<String> taken = new HashSet<>();
        await().until(() -> {
            List<String> some = ended.take(2);
            assertThat(some).hasSizeLessThanOrEqualTo(2);
            some.forEach(id -> assertThat(taken.add(id)).as(id).isTrue());
            return taken.size() == 5;
        });
        assertThat(ended.take(2)).isEmpty();
        assertThat(noted()).as("until all is done").hasSize(5);
        ended.remove(taken);
        assertThat(noted()).isEmpty();
        ended.remove(List.of());
    }
}
