package dev.caravan.job.store;

import static java.util.Map.of;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.job.Job;
import dev.caravan.job.JobState;
import dev.caravan.job.JobTransition;
import dev.caravan.job.Progress;
import dev.caravan.job.Settings;
import dev.caravan.job.TestRedis;
import dev.caravan.job.TransitionResult;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What handlers say of how far they are, and what is written of it. */
@Timeout(120)
class JobProgressTest {
    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private final JobProgress progress = new JobProgress(REDIS.template());

    @AfterEach
    void close() {
        progress.destroy();
    }

    private static Job job(String id, int attempt) {
        REDIS.put(id, of("state", "RUNNING", "attempt", Integer.toString(attempt)));
        return new Job(id, "hello", null, "token", JobState.RUNNING, attempt, 0, 0, 0);
    }

    private static void awaitProgress(String id, String percent, String text) {
        await().untilAsserted(() ->
                assertThat(REDIS.hash(id)).containsEntry("progress", percent).containsEntry("progressText", text));
    }

    @Test
    void theLatestIsWrittenHoweverOftenItIsSaid() {
        Job job = job("a", 1);
        for (int i = 0; i <= 1000; i++) {
            progress.report(job, i / 10, "line " + i);
        }
        awaitProgress("a", "100", "line 1000");
    }

    @Test
    void numbersComeInManyForms() {
        progress.report(job("a", 1), "12.6 %", null);
        progress.report(job("b", 1), -5, "x".repeat(500));
        progress.report(job("c", 1), 1e9, "");

        awaitProgress("a", "13", "");
        awaitProgress("b", "0", "x".repeat(Progress.LONGEST));
        awaitProgress("c", "100", "");
    }

    @Test
    void whatIsNoNumberOrNoJobHarmsNothing() {
        progress.report(null, 5, "");
        progress.report(job("a", 1), "soon", "");
        progress.report(job("a", 1), Double.NaN, "");
        progress.report(job("a", 1), null, "");
        progress.report(job("b", 1), 7, "");

        awaitProgress("b", "7", "");
        assertThat(REDIS.hash("a")).doesNotContainKey("progress");
    }

    @Test
    void anAttemptThatIsNotTheOneUnderWaySaysNothing() {
        Job old = job("a", 1);
        REDIS.put("a", of("attempt", "2"));
        Job ended = job("b", 1);
        REDIS.put("b", of("state", "FINISHED"));
        Job expired = new Job("c", "hello", null, "token", JobState.RUNNING, 1, 0, 0, 0);
        REDIS.template().opsForValue().set(JobHashes.KEY + "d", "no hash");
        Job none = new Job("d", "hello", null, "token", JobState.RUNNING, 1, 0, 0, 0);

        for (Job job : new Job[] {old, ended, expired, none}) {
            progress.report(job, 50, "");
        }
        progress.report(job("e", 1), 50, "");

        awaitProgress("e", "50", "");
        assertThat(REDIS.hash("a")).doesNotContainKey("progress");
        assertThat(REDIS.hash("b")).doesNotContainKey("progress");
        assertThat(REDIS.hash("c")).isEmpty();
    }

    @Test
    void itIsGoneWhenAnotherAttemptBegins() {
        JobStore store = new JobStore(REDIS.template(), java.util.List.of(), Settings.defaults(), REDIS.executor());
        Job job = Job.create("a", "hello", null, "t1");
        REDIS.put("a", Map.of("id", "a", "state", "RETRYING", "attempt", "1", "progress", "60", "progressText", "x"));

        TransitionResult moved = store.write(JobTransition.started(job, "w", java.time.Duration.ofSeconds(10)))
                .join();

        assertThat(moved.done()).isTrue();
        assertThat(REDIS.hash("a")).containsEntry("attempt", "2").doesNotContainKeys("progress", "progressText");
        store.destroy();
    }

    @Test
    void aRedisThatIsAwayFailsNobody() {
        Job job = job("a", 1);
        REDIS.stop();
        progress.report(job, 10, "");
        REDIS.start();
        // By a connection from before, perhaps, which fails once more.
        await().ignoreExceptions().until(() -> job("a", 1) != null);
        await().untilAsserted(() -> {
            progress.report(job, 20, "");
            assertThat(REDIS.hash("a")).containsEntry("progress", "20");
        });
    }
}
