package dev.caravan.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.caravan.job.http.JobJson;
import dev.caravan.job.store.JobStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(120)
class JobAttemptTest {
    private static final Duration LEASE = Duration.ofSeconds(10);
    private static final Duration RETENTION = Duration.ofHours(1);

    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private JobStore store;

    @BeforeEach
    void open() {
        store = new JobStore(REDIS.template(), List.of(), Settings.defaults(), REDIS.executor());
    }

    @AfterEach
    void close() {
        store.destroy();
    }

    @Test
    void aJobThatWaitsHasNone() {
        write(JobTransition.submitted(Job.create("1", "hello", null, "s"), null, RETENTION));

        assertThat(attempts()).isEmpty();
    }

    @Test
    void theOneThatRunsIsToldAndStoresNothing() {
        start("w1", LEASE);

        assertThat(attempts()).singleElement().satisfies(attempt -> {
            assertThat(attempt.number()).isEqualTo(1);
            assertThat(attempt.worker()).isEqualTo("node-w1");
            assertThat(attempt.state()).isEqualTo("RUNNING");
            assertThat(attempt.startedAt()).isPositive();
            assertThat(attempt.endedAt()).isZero();
            assertThat(attempt.error()).isNull();
        });
        assertThat(REDIS.hash("1")).doesNotContainKey("attempts");
    }

    @Test
    void eachHasItsWorkerItsTimesAndItsError() {
        Job first = start("w1", LEASE).job();
        write(JobTransition.retrying(first, new JobError("IOException", "no \"route\"\nto €"), Duration.ofMillis(1)));
        assertThat(attempts()).extracting(JobAttempt::state).containsExactly("RETRYING");
        Job second = start("w2", Duration.ofMillis(1)).job();
        requeue(second);
        assertThat(attempts()).extracting(JobAttempt::state).containsExactly("RETRYING", "INTERRUPTED");
        Job third = start("w3", LEASE).job();
        write(JobTransition.failed(third, new JobError("Bad", "for good"), RETENTION));

        assertThat(attempts()).extracting(JobAttempt::number).containsExactly(1, 2, 3);
        assertThat(attempts()).extracting(JobAttempt::worker).containsExactly("node-w1", "node-w2", "node-w3");
        assertThat(attempts()).extracting(JobAttempt::state).containsExactly("RETRYING", "INTERRUPTED", "FAILED");
        assertThat(attempts())
                .extracting(JobAttempt::error)
                .containsExactly(
                        new JobError("IOException", "no \"route\"\nto €"), null, new JobError("Bad", "for good"));
        assertThat(attempts())
                .allSatisfy(attempt -> assertThat(attempt.endedAt()).isGreaterThanOrEqualTo(attempt.startedAt()));
        assertThat(JsonParser.parseString(JobJson.job(REDIS.hash("1")))
                        .getAsJsonObject()
                        .getAsJsonArray("attempts"))
                .hasSize(3);
    }

    @Test
    void eachHasItsRevisionItsStepAndItsStack() {
        JobError one = new JobError(
                "IOException", "x", "fetch", "jobs/hello.camel.yaml:7", "IOException\n  at A.b(A.java:1)\n");
        JobError other = new JobError("Bad", "y");
        write(JobTransition.retrying(start("w1", LEASE).job(), one, Duration.ofMillis(1))
                .onRevision("abc"));
        Job second = start("w2", LEASE).job();
        assertThat(attempts()).extracting(JobAttempt::revision).containsExactly("abc", null);
        write(JobTransition.failed(second, other, RETENTION).onRevision("def"));

        assertThat(attempts()).extracting(JobAttempt::error).containsExactly(one, other);
        assertThat(attempts()).extracting(JobAttempt::revision).containsExactly("abc", "def");
        assertThat(REDIS.hash("1")).doesNotContainKeys("errorStep", "errorPlace", "errorStack");
        Job failed = Job.of("1", REDIS.hash("1"), "r");
        write(JobTransition.replayed(failed, "ada"));
        Job again = write(JobTransition.started(Job.create("1", "hello", null, "w3", 1, 0), "node-w3", LEASE))
                .job();
        write(JobTransition.failed(again, one, RETENTION).onRevision("ghi"));

        assertThat(attempts()).extracting(JobAttempt::error).containsExactly(one, other, one);
        assertThat(attempts()).extracting(JobAttempt::revision).containsExactly("abc", "def", "ghi");
    }

    @Test
    void anAttemptThatReachedNoHandlerDoesNotShowTheRevisionOfTheOneBefore() {
        write(JobTransition.retrying(start("w1", LEASE).job(), new JobError("IOException", "x"), Duration.ofMillis(1))
                .onRevision("abc"));
        write(JobTransition.failed(start("w2", LEASE).job(), new JobError("JobInterrupted", "too often"), RETENTION));

        assertThat(attempts()).extracting(JobAttempt::revision).containsExactly("abc", null);
        assertThat(REDIS.hash("1")).doesNotContainKey("routeRevision");
    }

    @Test
    void anAttemptThatAnotherWorkerTookOverWasInterrupted() {
        start("w1", Duration.ofMillis(1));
        Job second = start("w2", LEASE).job();
        write(JobTransition.finished(second, "x", RETENTION));

        assertThat(attempts()).extracting(JobAttempt::worker).containsExactly("node-w1", "node-w2");
        assertThat(attempts()).extracting(JobAttempt::state).containsExactly("INTERRUPTED", "FINISHED");
    }

    @Test
    void theFirstAndTheLatestTenAreKeptAndLongErrorsAreCut() {
        for (int i = 1; i <= 30; i++) {
            Job job = start("w" + i, LEASE).job();
            write(JobTransition.retrying(
                    job, new JobError("IOException", "x" + "€".repeat(600)), Duration.ofMillis(1)));
        }

        assertThat(attempts())
                .extracting(JobAttempt::number)
                .containsExactly(1, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
        assertThat(attempts())
                .allSatisfy(attempt -> assertThat(attempt.error().message()).isEqualTo("x" + "€".repeat(166) + "…"));
        assertThat(REDIS.hash("1").get("attempts")).hasSizeLessThan(11 * 600);
    }

    @Test
    void aFailureThatIsToldAgainIsOne() {
        Job job = start("w1", LEASE).job();
        JobTransition retrying = JobTransition.retrying(job, new JobError("IOException", "x"), Duration.ofSeconds(1));
        write(retrying);
        write(retrying);

        assertThat(attempts()).hasSize(1);
    }

    @Test
    void whatSomebodyElseHasWrittenIsLeftOut() {
        String lines = "1 2 3 RETRYING [1\nx\n2 3 4 INTERRUPTED [\"w\",\"\",\"\"]\n3 4 5 RETRYING []";

        assertThat(JobAttempt.of(Map.of("attempts", lines, "state", "QUEUED")))
                .containsExactly(new JobAttempt(2, "w", 3, 4, "INTERRUPTED", null, null));
    }

    private List<JobAttempt> attempts() {
        return JobAttempt.of(REDIS.hash("1"));
    }

    /** Waits until nobody holds the job. */
    private TransitionResult start(String token, Duration lease) {
        return org.awaitility.Awaitility.await()
                .until(
                        () -> write(
                                JobTransition.started(Job.create("1", "hello", null, token), "node-" + token, lease)),
                        TransitionResult::done);
    }

    private void requeue(Job job) {
        org.awaitility.Awaitility.await()
                .until(() -> write(JobTransition.requeued(job)).done());
    }

    private TransitionResult write(JobTransition move) {
        return store.write(move).join();
    }
}
