package dev.caravan.job.store;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.caravan.http.LimitExceeded;
import dev.caravan.job.Job;
import dev.caravan.job.JobError;
import dev.caravan.job.JobTransition;
import dev.caravan.job.Settings;
import dev.caravan.job.TestRedis;
import dev.caravan.job.TransitionResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.StringRedisTemplate;

@Timeout(120)
class JobQuotasTest {
    private static final Duration LEASE = Duration.ofSeconds(10);
    private static final Duration RETENTION = Duration.ofHours(1);
    private static final String ADA = JobQuotas.OPEN + "ada";
    private static final int COST = JobTransition.OVERHEAD + 100;

    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private final List<JobStore> nodes = new ArrayList<>();

    private JobStore node(String... settings) {
        Map<String, String> changed = new java.util.HashMap<>();
        for (int i = 0; i < settings.length; i += 2) {
            changed.put(settings[i], settings[i + 1]);
        }
        JobStore node = new JobStore(REDIS.template(), List.of(), Settings.with(changed), REDIS.executor());
        node.afterSingletonsInstantiated(); // is connected before a submission, which Redis has little time for
        nodes.add(node);
        return node;
    }

    private JobStore nodeWithJobs(int most) {
        return node("max-queued-per-user", Integer.toString(most));
    }

    private JobStore nodeWithBytes(int most) {
        return node("max-stored-per-user", most + "B", "max-payload", "100B");
    }

    @AfterEach
    void close() {
        nodes.forEach(JobStore::destroy);
    }

    // Jobs that have not ended

    @Test
    void aUserHasAsManyJobsAsOneMayHaveOnAllNodesTogether() {
        JobStore one = nodeWithJobs(3);
        JobStore other = nodeWithJobs(3);
        submit(one, "ada", "1");
        submit(other, "ada", "2");
        submit(one, "ada", "3");

        assertThat(refused(one, "ada", "4").getBody().getProperties())
                .containsEntry("used", 3L)
                .containsEntry("limit", 3L);
        refused(other, "ada", "5");
        submit(one, "olga", "7");
    }

    @Test
    void aNodeThatWasToldOfFewLetsInOneBatchTooManyAndNoOther() {
        JobStore one = nodeWithJobs(10);
        JobStore other = nodeWithJobs(10);
        submit(other, "ada", "1");
        for (int i = 2; i <= 10; i++) {
            submit(one, "ada", "" + i);
        }

        submit(other, "ada", "11");
        refused(other, "ada", "12", "13");
    }

    @Test
    void ofManyAtOnceNoneIsTooMany() {
        JobStore node = nodeWithJobs(50);
        List<CompletableFuture<TransitionResult>> all = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            all.add(node.write(submission("ada", "job-" + i)));
        }

        await().atMost(20, SECONDS).until(() -> all.stream().allMatch(CompletableFuture::isDone));
        assertThat(all).filteredOn(each -> !each.isCompletedExceptionally()).hasSize(50);
        assertThat(REDIS.template().opsForZSet().zCard(ADA)).isEqualTo(50);
        assertThat(REDIS.template().keys("Job:*")).hasSize(50);
        assertThat(REDIS.template().opsForZSet().zCard(JobIndex.idsKey("job-0")))
                .isEqualTo(50);
        assertThat(REDIS.template().opsForZSet().zCard(JobIndex.QUEUED)).isEqualTo(50);
    }

    @Test
    void jobsThatEndMakeRoomHoweverTheyEnd() {
        JobStore node = nodeWithJobs(3);
        JobTransition withdrawn = submission("ada", "withdrawn");
        write(node, withdrawn);
        submit(node, "ada", "finished");
        submit(node, "ada", "failed");
        refused(node, "ada", "4");

        node.withdraw(JobTransition.withdrawn(withdrawn.job(), RETENTION)).join();
        submit(node, "ada", "instead");
        Job finished = start(node, "finished");
        write(node, JobTransition.retrying(finished, new JobError("IOException", "x"), Duration.ZERO));
        refused(node, "ada", "4", "5");
        Job again = start(node, "finished");
        write(node, JobTransition.finished(again, "x", RETENTION));
        Job failed = start(node, "failed");
        write(node, JobTransition.failed(failed, new JobError("IOException", "x"), RETENTION));

        submit(node, "ada", "a");
        submit(node, "ada", "b");
        refused(node, "ada", "c");
    }

    @Test
    void anEntryTooManyIsFoundWhenThereIsNoRoom() {
        JobStore node = nodeWithJobs(2);
        submit(node, "ada", "1");
        submit(node, "ada", "2");
        // Ended by another service, which does not know of users; and one whose hash is gone.
        REDIS.template().delete("Job:1");
        REDIS.put("1", Map.of("id", "1", "status", "0", "message", "Finished"));
        REDIS.template().delete("Job:2");

        submit(node, "ada", "3");
        submit(node, "ada", "4");
        assertThat(REDIS.template().opsForZSet().range(ADA, 0, -1)).containsExactly("3", "4");
    }

    @Test
    void aJobThatWasEndedOnANodeThatIsIdleMakesRoomOnTheOthers() {
        JobStore api = nodeWithJobs(1);
        JobStore worker = nodeWithJobs(1);
        submit(api, "ada", "1");
        write(worker, JobTransition.finished(start(worker, "1"), "x", RETENTION)); // its entry goes a moment later

        submit(api, "ada", "2");
    }

    @Test
    void theSameKeyAgainIsOneJob() {
        JobStore node = nodeWithJobs(2);
        for (int i = 0; i < 5; i++) {
            write(node, submission("ada", "keyed"));
        }

        assertThat(REDIS.template().opsForZSet().zCard(ADA)).isEqualTo(1);
    }

    @Test
    void limitsHoldOverLettuceToo() {
        LettuceConnectionFactory connections = new LettuceConnectionFactory("127.0.0.1", REDIS.port());
        connections.afterPropertiesSet();
        connections.start();
        connections.getConnection().close(); // is there before a submission, which Redis has little time for
        JobStore node = new JobStore(
                new StringRedisTemplate(connections),
                List.of(),
                Settings.with(Map.of(
                        "max-queued-per-user", "2", "max-stored-per-user", 3 * COST + "B", "max-payload", "100B")),
                REDIS.executor());
        try {
            submit(node, "ada", "1");
            submit(node, "ada", "2");
            assertThat(refused(node, "ada", "3").getMessage()).contains("2 jobs of yours");
            REDIS.template().delete("Job:1"); // an entry too many
            await().atMost(20, SECONDS).until(() -> isAccepted(node, "ada", "4"));
            REDIS.template().delete(List.of("Job:2", "Job:4"));
            await().atMost(20, SECONDS)
                    .until(() -> refused(node, "ada", "5").getMessage().contains(3 * COST + " bytes of yours"));
        } finally {
            node.destroy();
            connections.destroy();
        }
    }

    // Bytes that are kept

    @Test
    void bytesCountUntilTheJobsHaveExpired() {
        JobStore node = node(
                "max-stored-per-user", 3 * COST + "B", "max-payload", "100B", "retention", "2s", "key-retention", "1s");
        long begin = System.nanoTime();
        for (String id : List.of("1", "2", "3")) {
            submit(node, "ada", id);
            write(node, JobTransition.finished(start(node, id), "x", RETENTION));
        }

        LimitExceeded refusal = refused(node, "ada", "4");
        assertThat(refusal.getBody().getProperties())
                .containsEntry("used", 3L * COST)
                .containsEntry("limit", 3L * COST);
        assertThat(Integer.parseInt(refusal.getHeaders().getFirst("Retry-After")))
                .isBetween(1, 3);
        await().atMost(20, SECONDS).until(() -> isAccepted(node, "ada", "5"));
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofSeconds(2));
        await().atMost(20, SECONDS)
                .until(() -> !Boolean.TRUE.equals(REDIS.template().hasKey(JobQuotas.STORED + "ada")));
    }

    @Test
    void bytesAreCountedOverAllNodes() {
        JobStore one = nodeWithBytes(2 * COST);
        JobStore other = nodeWithBytes(2 * COST);
        submit(one, "ada", "1");
        submit(other, "ada", "2");

        refused(one, "ada", "3", "4");
        refused(other, "ada", "5");
        submit(one, "olga", "6");
    }

    @Test
    void theSameKeyAgainCostsNothing() {
        JobStore node = nodeWithBytes(2 * COST);
        for (int i = 0; i < 20; i++) {
            write(node, submission("ada", "keyed"));
        }
        submit(node, "ada", "another");
        assertThat(refused(node, "ada", "third").getBody().getProperties()).containsEntry("used", 2L * COST);
    }

    @Test
    void afterATimeWithoutRedisTheFiguresAreThoseOfRedis() {
        JobStore node = nodeWithBytes(2 * COST);
        submit(node, "ada", "1");
        REDIS.stop();
        for (int i = 0; i < 5; i++) {
            String id = "lost-" + i;
            assertThatThrownBy(() -> submit(node, "ada", id)).hasCauseInstanceOf(DataAccessException.class);
        }
        REDIS.start(); // empty
        await().atMost(20, SECONDS).until(() -> isAccepted(node, "ada", "2"));
        submit(node, "ada", "3");
        refused(node, "ada", "4");
    }

    @Test
    void countsOfAnotherKindAreForgotten() {
        JobStore node = nodeWithBytes(2 * COST);
        REDIS.template().opsForHash().put(JobQuotas.STORED + "ada", "1000", "999999999");
        REDIS.template().opsForHash().put(JobQuotas.STORED + "ada", "x", "y");

        submit(node, "ada", "1");
        submit(node, "ada", "2");
        assertThat(REDIS.template().opsForHash().size(JobQuotas.STORED + "ada")).isEqualTo(1);
    }

    @Test
    void aRedisThatIsFullRefusesAndCountsNothing() {
        JobStore node = nodeWithBytes(2 * COST);
        submit(node, "ada", "1");
        configure("1");
        try {
            for (int i = 0; i < 5; i++) {
                assertThatThrownBy(() -> submit(node, "ada", "full")).hasCauseInstanceOf(DataAccessException.class);
            }
        } finally {
            configure("0");
        }
        submit(node, "ada", "2");
        refused(node, "ada", "3");
    }

    // Nobody's jobs, and no limits

    @Test
    void jobsOfNobodyAreNotCounted() {
        JobStore node = nodeWithJobs(1);
        for (int i = 0; i < 10; i++) {
            write(node, submission(null, "job-" + i));
            write(node, JobTransition.started(Job.create("foreign-" + i, "hello", null, "w"), "node-1", LEASE));
        }

        assertThat(REDIS.template().keys("caravan:jobs:open:*")).isEmpty();
        assertThat(REDIS.template().keys("caravan:jobs:stored:*")).isEmpty();
    }

    @Test
    void withoutLimitsNothingIsCounted() {
        JobStore node = node("max-queued-per-user", "0", "max-stored-per-user", "0B");
        for (int i = 0; i < 10; i++) {
            submit(node, "ada", "job-" + i);
        }
        write(node, JobTransition.finished(start(node, "job-1"), "x", RETENTION));
        submit(node, "ada", "next batch");

        assertThat(REDIS.template().keys("caravan:jobs:open:*")).isEmpty();
        assertThat(REDIS.template().keys("caravan:jobs:stored:*")).isEmpty();
        assertThat(REDIS.hash("job-1")).containsEntry("user", "ada");
    }

    private static JobTransition submission(String user, String id) {
        return JobTransition.submitted(
                        Job.create(id, "hello", "{\"a\":1}", "token-" + System.nanoTime()), "same", RETENTION)
                .by(user, 100);
    }

    private static TransitionResult write(JobStore node, JobTransition move) {
        return node.write(move).orTimeout(20, SECONDS).join();
    }

    private static void submit(JobStore node, String user, String id) {
        assertThat(write(node, submission(user, id)).done()).isTrue();
    }

    private static Job start(JobStore node, String id) {
        return write(
                        node,
                        JobTransition.started(Job.create(id, "hello", null, "w-" + System.nanoTime()), "node-1", LEASE))
                .job();
    }

    private static boolean isAccepted(JobStore node, String user, String id) {
        try {
            return write(node, submission(user, id)).done();
        } catch (CompletionException e) {
            return false;
        }
    }

    /** The last refusal. */
    private static LimitExceeded refused(JobStore node, String user, String... ids) {
        LimitExceeded refusal = null;
        for (String id : ids) {
            try {
                write(node, submission(user, id));
            } catch (CompletionException e) {
                refusal = (LimitExceeded) e.getCause();
                assertThat(REDIS.hash(id)).isEmpty();
                continue;
            }
            throw new AssertionError(id + " was let in");
        }
        return refusal;
    }

    private static void configure(String maxMemory) {
        REDIS.template().execute((RedisCallback<Void>) connection -> {
            connection.serverCommands().setConfig("maxmemory", maxMemory);
            return null;
        });
    }
}
