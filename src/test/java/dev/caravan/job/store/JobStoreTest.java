package dev.caravan.job.store;

import static dev.caravan.job.JobState.CANCELLED;
import static dev.caravan.job.JobState.FINISHED;
import static dev.caravan.job.JobState.NEW;
import static dev.caravan.job.JobState.QUEUED;
import static dev.caravan.job.JobState.RETRYING;
import static dev.caravan.job.JobState.RUNNING;
import static dev.caravan.job.JobState.WITHDRAWN;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;
import static org.mockito.Mockito.mock;

import dev.caravan.http.ServiceUnavailable;
import dev.caravan.job.IdempotencyKeyReused;
import dev.caravan.job.InvalidJobMessage;
import dev.caravan.job.Job;
import dev.caravan.job.JobAttempt;
import dev.caravan.job.JobError;
import dev.caravan.job.JobState;
import dev.caravan.job.JobTransition;
import dev.caravan.job.Settings;
import dev.caravan.job.TestRedis;
import dev.caravan.job.TransitionResult;
import dev.caravan.job.updates.JobHistory;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.StringRedisTemplate;

@Timeout(120)
class JobStoreTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Duration LEASE = Duration.ofSeconds(10);
    private static final Duration SHORT = Duration.ofMillis(200);
    private static final Duration RETENTION = Duration.ofHours(1);
    private static final Duration KEEP = Duration.ofHours(2);
    private static final JobError ERROR = new JobError("IOException", "no route");

    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private final List<TransitionResult> told = new CopyOnWriteArrayList<>();
    private JobStore store;

    @BeforeEach
    void open() {
        store = new JobStore(REDIS.template(), List.of(told::add), Settings.defaults(), REDIS.executor());
    }

    @AfterEach
    void close() {
        store.destroy();
    }

    // Drivers and threads

    @Test
    void movesAreMadeOverLettuceToo() {
        LettuceConnectionFactory connections = new LettuceConnectionFactory("127.0.0.1", REDIS.port());
        connections.afterPropertiesSet();
        connections.start();
        JobStore other =
                new JobStore(new StringRedisTemplate(connections), List.of(), Settings.defaults(), REDIS.executor());
        try {
            other.afterSingletonsInstantiated();
            other.write(submitted("1", "a")).orTimeout(20, SECONDS).join();
            TransitionResult moved = other.write(started("1", "w1", LEASE))
                    .orTimeout(20, SECONDS)
                    .join();

            assertThat(moved.done()).isTrue();
            assertThat(moved.attempt()).isEqualTo(1);
            assertThat(REDIS.hash("1")).containsEntry("state", "RUNNING");
        } finally {
            other.destroy();
            connections.destroy();
        }
    }

    @Test
    void whatFollowsAClaimMayWaitWithoutHoldingUpTheOthers() {
        int claims = 8;
        CyclicBarrier all = new CyclicBarrier(claims);
        for (int i = 0; i < claims; i++) {
            write(submitted("" + i, "a"));
        }
        REDIS.template().execute((RedisCallback<Object>) connection ->
                connection.execute("CLIENT", "PAUSE".getBytes(UTF_8), "500".getBytes(UTF_8))); // they share a batch
        ExecutorService workers = Executors.newFixedThreadPool(claims);
        try {
            List<CompletableFuture<Void>> handled = new ArrayList<>();
            for (int i = 0; i < claims; i++) {
                JobTransition claim = started("" + i, "w" + i, LEASE);
                handled.add(CompletableFuture.supplyAsync(() -> store.retryUntilStored(claim), workers)
                        .thenCompose(claimed -> claimed)
                        .thenAccept(moved -> meet(all)));
            }

            assertThat(CompletableFuture.allOf(handled.toArray(CompletableFuture[]::new)))
                    .succeedsWithin(Duration.ofSeconds(20));
        } finally {
            workers.shutdownNow();
        }
    }

    private static void meet(CyclicBarrier all) {
        try {
            all.await(15, SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    // Those who follow

    @Test
    void eachStateIsKeptAndAnExtensionIsNone() {
        write(submitted("1", "a"));
        Job job = write(started("1", "w1", LEASE)).job();
        write(JobTransition.extended(job, LEASE));
        write(JobTransition.extended(job, LEASE));
        write(JobTransition.retrying(job, ERROR, SHORT));

        assertThat(JobHistory.of(REDIS.hash("1")).steps())
                .extracting(step -> step.number() + " " + step.state() + " " + step.attempt())
                .containsExactly("1 QUEUED 0", "2 RUNNING 1", "3 RETRYING 1");
    }

    @Test
    void ofVeryManyStatesTheFirstAndTheLatestAreKept() {
        write(submitted("1", "a"));
        for (int i = 0; i < 150; i++) {
            write(started("1", "w" + i, Duration.ZERO)); // each finds that the one before has lost it
        }
        JobHistory history = JobHistory.of(REDIS.hash("1"));
        assertThat(history.steps().get(0).state()).isEqualTo(QUEUED);
        assertThat(history.last().number()).isEqualTo(151);
        assertThat(history.last().attempt()).isEqualTo(150);
        assertThat(history.steps()).hasSizeBetween(25, 90);
        assertThat(history.after(145))
                .extracting(JobHistory.Step::number)
                .containsExactly(146, 147, 148, 149, 150, 151);
        assertThat(REDIS.hash("1").get("moves")).hasSizeLessThan(2100);
    }

    // The straight way

    @Test
    void aSubmittedJobIsQueuedAsTheWireWantsIt() {
        TransitionResult moved = write(submitted("1", "a"));

        assertThat(moved.done()).isTrue();
        assertThat(moved.needsMessage()).isTrue();
        assertThat(REDIS.hash("1"))
                .containsEntry("id", "1")
                .containsEntry("type", "hello")
                .containsEntry("payload", "{\"a\":1}")
                .containsEntry("state", "QUEUED")
                .containsEntry("status", "2")
                .containsEntry("message", "Job queued")
                .containsEntry("result", "")
                .containsEntry("attempt", "0")
                .containsKeys("createdAt", "updatedAt")
                .doesNotContainKeys("startedAt", "finishedAt", "fingerprint");
        assertThat(REDIS.expiry("1")).isEqualTo(-1);
    }

    @Test
    void aStartedJobIsHeldForItsLease() {
        write(submitted("1", "a"));

        TransitionResult moved = write(started("1", "w1", LEASE));

        assertThat(moved.done()).isTrue();
        assertThat(moved.attempt()).isEqualTo(1);
        assertThat(moved.interruptions()).isZero();
        assertThat(moved.until()).isCloseTo(System.currentTimeMillis() + 10_000, within(10_000L));
        assertThat(REDIS.hash("1"))
                .containsEntry("state", "RUNNING")
                .containsEntry("status", "1")
                .containsEntry("message", "Job being processed")
                .containsEntry("worker", "node-1")
                .containsEntry("result", "")
                .containsKey("startedAt");
    }

    @Test
    void aFinishedJobHasItsResultAndExpires() {
        Job job = running("1");

        TransitionResult moved = write(JobTransition.finished(job, "Success", RETENTION));

        assertThat(moved.done()).isTrue();
        assertThat(REDIS.hash("1"))
                .containsEntry("state", "FINISHED")
                .containsEntry("status", "0")
                .containsEntry("message", "Finished")
                .containsEntry("result", "Success")
                .containsEntry("until", "0")
                .containsKey("finishedAt");
        assertThat(REDIS.expiry("1")).isBetween(1L, RETENTION.toMillis());
    }

    @Test
    void aFailedAttemptIsTriedAgainNotBeforeItsTime() {
        Job job = running("1");
        TransitionResult retrying = write(JobTransition.retrying(job, ERROR, Duration.ofSeconds(1)));
        assertThat(retrying.done()).isTrue();
        assertThat(retrying.job().failures()).isEqualTo(1);
        assertThat(REDIS.hash("1"))
                .containsEntry("state", "RETRYING")
                .containsEntry("status", "3")
                .containsEntry("failures", "1")
                .containsEntry("errorType", "IOException")
                .containsEntry("errorMessage", "no route");

        TransitionResult early = write(started("1", "w2", LEASE));
        assertThat(early.done()).isFalse();
        assertThat(early.state()).isEqualTo(RETRYING);
        assertThat(write(JobTransition.requeued(job("1", "r", RETRYING, 1))).done())
                .isFalse();

        await().until(() -> write(started("1", "w3", LEASE)).done());
        assertThat(REDIS.hash("1"))
                .containsEntry("attempt", "2")
                .containsEntry("failures", "1")
                .doesNotContainKey("interruptions")
                .satisfies(hash ->
                        assertThat(Long.parseLong(hash.get("startedAt"))).isGreaterThanOrEqualTo(retrying.until()));
    }

    @Test
    void aFailedJobHasItsErrorAndIsBuriedOnce() {
        Job job = running("1");

        TransitionResult failed = write(JobTransition.failed(job, ERROR, RETENTION));
        assertThat(failed.isFailed()).isTrue();
        assertThat(REDIS.hash("1"))
                .containsEntry("state", "FAILED")
                .containsEntry("status", "4")
                .containsEntry("failures", "1")
                .containsEntry("errorType", "IOException")
                .doesNotContainKey("buried");
        String finishedAt = REDIS.hash("1").get("finishedAt");

        TransitionResult buried = write(JobTransition.buried(failed.job(), RETENTION));
        assertThat(buried.done()).isTrue();
        assertThat(buried.job().failures()).isEqualTo(1);
        assertThat(REDIS.hash("1"))
                .containsEntry("buried", "true")
                .containsEntry("errorMessage", "no route")
                .containsEntry("finishedAt", finishedAt);
    }

    @Test
    void aJobThatWaitsCanBeGivenUpWhateverAttemptItIsAt() {
        write(submitted("1", "a"));
        assertThat(write(JobTransition.failPermanently(Job.create("1", "hello", null, "w"), ERROR, RETENTION))
                        .isFailed())
                .isTrue();

        write(JobTransition.retrying(running("2"), ERROR, LEASE));
        assertThat(write(JobTransition.failPermanently(Job.create("2", "hello", null, "w"), ERROR, RETENTION))
                        .isFailed())
                .isTrue();

        running("3");
        TransitionResult refused =
                write(JobTransition.failPermanently(Job.create("3", "hello", null, "w"), ERROR, RETENTION));
        assertThat(refused.done()).isFalse();
        assertThat(refused.state()).isEqualTo(RUNNING);
    }

    @Test
    void aWithdrawnJobIsNotStartedByItsMessage() {
        JobTransition submitted = submitted("1", "a");
        write(submitted);

        store.withdraw(JobTransition.withdrawn(submitted.job(), KEEP)).join();

        assertThat(REDIS.hash("1")).containsEntry("state", "WITHDRAWN").containsEntry("status", "5");
        assertThat(REDIS.expiry("1")).isBetween(1L, KEEP.toMillis());
        TransitionResult started = write(started("1", "w", LEASE));
        assertThat(started.done()).isFalse();
        assertThat(started.state()).isEqualTo(WITHDRAWN);
    }

    @Test
    void aJobOnTheQueueAgainKeepsItsAttempts() {
        Job job = running("1");
        write(JobTransition.retrying(job, ERROR, Duration.ZERO));

        assertThat(write(JobTransition.requeued(job("1", "r", RETRYING, 1))).done())
                .isTrue();

        assertThat(REDIS.hash("1")).containsEntry("state", "QUEUED").containsEntry("attempt", "1");
        assertThat(write(started("1", "w2", LEASE)).attempt()).isEqualTo(2);
    }

    // Refusals

    @Test
    void nothingLeadsOnFromAnEnd() {
        Job finished = running("1");
        write(JobTransition.finished(finished, "Success", RETENTION));
        Job failed = running("2");
        write(JobTransition.failed(failed, ERROR, RETENTION));
        for (Job job : List.of(finished, failed)) {
            Map<String, String> before = REDIS.hash(job.id());
            Job rival = job(job.id(), "rival", RUNNING, 1);
            assertThat(List.of(
                            submitted(job.id(), "rival"),
                            started(job.id(), "rival", LEASE),
                            JobTransition.extended(rival, LEASE),
                            JobTransition.retrying(rival, ERROR, LEASE),
                            JobTransition.requeued(rival),
                            JobTransition.failPermanently(rival, ERROR, RETENTION),
                            JobTransition.finished(rival, "other", RETENTION),
                            JobTransition.withdrawn(rival, KEEP)))
                    .allSatisfy(move -> assertThat(write(move).done()).isFalse());
            assertThat(REDIS.hash(job.id())).isEqualTo(before);
        }
    }

    @Test
    void aJobThatIsNotThereIsNeitherQueuedAgainNorGivenUp() {
        Job job = job("1", "a", RUNNING, 1);
        assertThat(List.of(
                        JobTransition.requeued(job),
                        JobTransition.buried(job, RETENTION),
                        JobTransition.failPermanently(job, ERROR, RETENTION)))
                .allSatisfy(move -> {
                    TransitionResult moved = write(move);
                    assertThat(moved.done()).isFalse();
                    assertThat(moved.state()).isEqualTo(NEW);
                });
        assertThat(REDIS.hash("1")).isEmpty();
    }

    @Test
    void aStaleWorkerCannotEndWhatANewerAttemptWorks() {
        write(submitted("1", "a"));
        Job stale = write(started("1", "w1", Duration.ofMillis(1))).job();
        await().until(() -> write(started("1", "w2", LEASE)).done());

        assertThat(List.of(
                        JobTransition.finished(stale, "stale", RETENTION),
                        JobTransition.failed(stale, ERROR, RETENTION),
                        JobTransition.retrying(stale, ERROR, LEASE),
                        JobTransition.extended(stale, LEASE)))
                .allSatisfy(move -> {
                    TransitionResult moved = write(move);
                    assertThat(moved.done()).isFalse();
                    assertThat(moved.attempt()).isEqualTo(2);
                });
        assertThat(REDIS.hash("1"))
                .containsEntry("state", "RUNNING")
                .containsEntry("token", "w2")
                .containsEntry("result", "");
    }

    @Test
    void aStaleWorkerOfAnAttemptWhoseNumberWasGivenTwiceCannotEndIt() {
        write(submitted("1", "a"));
        Map<String, String> before = REDIS.hash("1");
        Job stale = write(started("1", "w1", LEASE)).job();
        REDIS.template().delete("Job:1"); // a failover to a replica that does not know of the start
        REDIS.put("1", before);
        Job current = write(started("1", "w2", LEASE)).job();
        assertThat(current.attempt()).isEqualTo(stale.attempt());

        assertThat(List.of(
                        JobTransition.extended(stale, LEASE),
                        JobTransition.finished(stale, "stale", RETENTION),
                        JobTransition.failed(stale, ERROR, RETENTION),
                        JobTransition.retrying(stale, ERROR, LEASE)))
                .allSatisfy(move -> assertThat(write(move).done()).isFalse());

        assertThat(write(JobTransition.finished(current, "current", RETENTION)).done())
                .isTrue();
        assertThat(REDIS.hash("1")).containsEntry("result", "current");
    }

    // A Redis that has lost its data

    @Test
    void anEndOfAJobThatRedisHasLostIsStored() {
        Job job = running("1");
        REDIS.template().delete("Job:1");

        assertThat(write(JobTransition.finished(job, "Success", RETENTION)).done())
                .isTrue();

        assertThat(REDIS.hash("1"))
                .containsEntry("id", "1")
                .containsEntry("type", "hello")
                .containsEntry("state", "FINISHED")
                .containsEntry("status", "0")
                .containsEntry("attempt", "1")
                .containsEntry("result", "Success");
        assertThat(REDIS.expiry("1")).isBetween(1L, RETENTION.toMillis());
    }

    @Test
    void aFailureOfAJobThatRedisHasLostIsTriedAgain() {
        Job job = running("1");
        REDIS.template().delete("Job:1");

        assertThat(write(JobTransition.retrying(job, ERROR, SHORT)).done()).isTrue();

        assertThat(REDIS.hash("1"))
                .containsEntry("state", "RETRYING")
                .containsEntry("attempt", "1")
                .containsEntry("failures", "1");
        assertThat(REDIS.score(JobIndex.DUE, "1")).isNotNull();
        await().until(() -> write(started("1", "w2", LEASE)).done());
        assertThat(REDIS.hash("1")).containsEntry("attempt", "2");
    }

    @Test
    void aJobThatRedisHasLostIsHeldAgainByItsWorkerAndByNoOther() {
        Job job = running("1");
        REDIS.template().delete("Job:1");

        assertThat(write(JobTransition.extended(job, LEASE)).done()).isTrue();

        assertThat(REDIS.hash("1")).containsEntry("state", "RUNNING").containsEntry("attempt", "1");
        assertThat(write(started("1", "rival", LEASE)).done()).isFalse();
        assertThat(write(JobTransition.finished(job, "Success", RETENTION)).done())
                .isTrue();
    }

    @Test
    void aMessageThatOutlivesTheHashOfItsJobDoesNotRunItAgain() {
        store.afterSingletonsInstantiated();
        long now = System.currentTimeMillis();
        REDIS.template().opsForValue().set(Retained.KEY, Long.toString(now - 100_000_000));
        Job ended = Job.create("1", "hello", null, "w", 0, now - 90_000_000); // retention: 24 h

        TransitionResult result = write(JobTransition.started(ended, "node-1", LEASE));

        assertThat(result.done()).isFalse();
        assertThat(REDIS.hash("1")).isEmpty();
    }

    @Test
    void anOldMessageOfAJobThatRedisHasLostRunsIt() {
        store.afterSingletonsInstantiated(); // Redis is as old as this
        Job lost = Job.create("1", "hello", null, "w", 0, System.currentTimeMillis() - 90_000_000);

        assertThat(write(JobTransition.started(lost, "node-1", LEASE)).done()).isTrue();

        REDIS.template().delete(Retained.KEY); // lost again, and not its scripts
        Job other = Job.create("2", "hello", null, "w", 0, System.currentTimeMillis() - 90_000_000);
        assertThat(write(JobTransition.started(other, "node-1", LEASE)).done()).isTrue();
    }

    /** Else its client would be told that it was rejected, though a worker runs it. */
    @Test
    void aWithdrawalWaitsForARedisThatIsSlow() {
        Job submitted = write(keyed("1", "a", "one")).job();
        write(started(submitted));
        command("CLIENT", "PAUSE", "1000");

        TransitionResult result =
                store.withdraw(JobTransition.withdrawn(submitted, KEEP)).join();

        assertThat(result).isNotNull();
        assertThat(result.isClaimed()).isTrue();
    }

    // Withdrawn and submitted again

    @Test
    void theMessageOfAWithdrawnSubmissionDoesNotRunTheOneThatFollowsIt() {
        Job first = write(keyed("1", "a", "one")).job();
        store.withdraw(JobTransition.withdrawn(first, KEEP)).join();
        Job second = write(keyed("1", "b", "two")).job();
        assertThat(first.edition()).isZero();
        assertThat(second.edition()).isEqualTo(1);

        assertThat(write(started(first)).done()).isFalse();
        assertThat(write(started(second)).done()).isTrue();
    }

    @Test
    void aWithdrawnJobKeepsNoPayload() {
        JobTransition submitted = submitted("1", "a");
        write(submitted);

        store.withdraw(JobTransition.withdrawn(submitted.job(), KEEP)).join();

        assertThat(REDIS.hash("1")).containsEntry("state", "WITHDRAWN").doesNotContainKey("payload");
    }

    @Test
    void aJobWhoseMessageWasSentAgainCanStillBeWithdrawn() {
        JobTransition submitted = submitted("1", "a");
        write(submitted);
        assertThat(write(JobTransition.requeued(job("1", "r", QUEUED, 0))).done())
                .isTrue();

        store.withdraw(JobTransition.withdrawn(submitted.job(), KEEP)).join();

        assertThat(REDIS.hash("1")).containsEntry("state", "WITHDRAWN");
    }

    // Held by a limit

    /** The worker was faster than the reply of the broker, and has taken the message: the job would be QUEUED without one. */
    @Test
    void aJobThatIsHeldBeforeItsRequeueIsStoredStaysHeldUntilItsTurn() {
        Job job = write(submitted("1", "a")).job();
        write(JobTransition.held(job, "rate"));

        assertThat(write(JobTransition.requeued(job)).done()).isFalse();
        assertThat(REDIS.hash("1")).containsEntry("state", "HELD");
        assertThat(write(JobTransition.released(job)).done()).isTrue();
        assertThat(REDIS.hash("1")).containsEntry("state", "QUEUED");
    }

    // Connections

    @Test
    void transitionsDoNotWaitForConnectionsThatOthersHold() {
        write(submitted("1", "a"));
        List<RedisConnection> held = new ArrayList<>();
        try {
            for (int i = 0; i < 15; i++) { // of 16
                held.add(REDIS.template().getRequiredConnectionFactory().getConnection());
            }

            assertThat(store.write(started("1", "w", LEASE))).succeedsWithin(SOON);
        } finally {
            held.forEach(RedisConnection::close);
        }
    }

    @Test
    void aConnectionThatWasLostIsNoFailure() {
        write(submitted("1", "a"));
        for (int i = 0; i < 3; i++) {
            command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
            if (i > 0) {
                command("SCRIPT", "FLUSH"); // as a restart does
            }
            assertThat(write(submitted("more-" + i, "a")).done()).isTrue();
        }
    }

    @Test
    void aMasterThatHasBecomeAReplicaIsConnectedAnew() {
        write(submitted("1", "a"));
        Set<String> before = clients();
        command("REPLICAOF", "127.0.0.1", "1");
        try {
            assertThatThrownBy(() -> write(submitted("2", "a"))).hasCauseInstanceOf(DataAccessException.class);
        } finally {
            command("REPLICAOF", "NO", "ONE");
        }
        assertThat(write(submitted("3", "a")).done()).isTrue();

        assertThat(before).as("connections of before").isNotEmpty().matches(ids -> !clients()
                .containsAll(ids));
    }

    // Replicas

    /** {@code SentinelIT} has replicas. */
    @Test
    void aJobThatTooFewReplicasHaveIsNotAccepted() {
        JobStore careful = new JobStore(
                REDIS.template(), List.of(), Settings.with(Map.of("wait-replicas", "1")), REDIS.executor());
        try {
            assertThatThrownBy(() -> careful.write(submitted("1", "a"))
                            .orTimeout(20, SECONDS)
                            .join())
                    .hasCauseInstanceOf(DataAccessException.class);
            assertThat(careful.write(started("1", "w", LEASE))
                            .orTimeout(20, SECONDS)
                            .join()
                            .done())
                    .as("what is no submission does not wait")
                    .isTrue();
        } finally {
            careful.destroy();
        }
    }

    @Test
    void aHeldJobIsNotStartedAndAfterItsLeaseItIsWithOneInterruptionMore() {
        write(submitted("1", "a"));
        write(started("1", "w1", SHORT));

        TransitionResult refused = write(started("1", "w2", LEASE));
        assertThat(refused.done()).isFalse();
        assertThat(refused.state()).isEqualTo(RUNNING);
        assertThat(refused.until()).isPositive();

        await().until(() -> write(started("1", "w3", LEASE)).done());
        assertThat(REDIS.hash("1"))
                .containsEntry("interruptions", "1")
                .containsEntry("attempt", "2")
                .doesNotContainKey("failures");
    }

    @Test
    void aJobThatIsHandedOverIsStartedAtOnceAndIsNeitherAFailureNorAnInterruption() {
        write(submitted("1", "a"));
        Job job = write(started("1", "w1", LEASE)).job();

        assertThat(write(JobTransition.handedOver(job)).done()).isTrue();
        assertThat(REDIS.score(JobIndex.DUE, "1")).as("due now").isLessThanOrEqualTo(System.currentTimeMillis());
        assertThat(write(JobTransition.finished(job, "late", RETENTION)).done()).isFalse();
        assertThat(write(started("1", "w2", LEASE)).attempt()).isEqualTo(2);
        assertThat(REDIS.hash("1")).doesNotContainKey("interruptions").doesNotContainKey("failures");
        assertThat(JobAttempt.of(REDIS.hash("1")).get(0).state()).isEqualTo("INTERRUPTED");
    }

    @Test
    void anExtensionHoldsAJobLonger() {
        write(submitted("1", "a"));
        Job job = write(started("1", "w1", SHORT)).job();

        TransitionResult extended = write(JobTransition.extended(job, LEASE));

        assertThat(extended.done()).isTrue();
        assertThat(extended.until()).isGreaterThan(System.currentTimeMillis() + 5000);
        assertThat(extended.attempt()).isEqualTo(1);
        assertThat(write(JobTransition.requeued(job("1", "r", RUNNING, 1))).done())
                .isFalse();
    }

    @Test
    void aJobWhoseWorkerIsSilentIsQueuedAgainOnlyForTheAttemptThatWasSeen() {
        write(submitted("1", "a"));
        write(started("1", "w1", Duration.ofMillis(1)));
        await().until(() -> write(started("1", "w2", Duration.ofMillis(1))).done());

        assertThat(write(JobTransition.requeued(job("1", "r1", RUNNING, 1))).done())
                .isFalse();
        await().until(() ->
                write(JobTransition.requeued(job("1", "r2", RUNNING, 2))).done());
    }

    @Test
    void ofRivalsThatStartAtOnceExactlyOneDoes() throws Exception {
        for (int round = 0; round < 20; round++) {
            String id = "job-" + round;
            write(submitted(id, "a"));
            List<CompletableFuture<TransitionResult>> rivals = new ArrayList<>();
            ExecutorService threads = Executors.newFixedThreadPool(4);
            for (int i = 0; i < 4; i++) {
                int rival = i;
                rivals.add(CompletableFuture.supplyAsync(() -> write(started(id, "w" + rival, LEASE)), threads));
            }
            List<TransitionResult> moved =
                    rivals.stream().map(CompletableFuture::join).toList();
            threads.shutdown();

            assertThat(moved.stream().filter(TransitionResult::done)).hasSize(1);
            assertThat(REDIS.hash(id))
                    .containsEntry("attempt", "1")
                    .containsEntry(
                            "token",
                            moved.stream()
                                    .filter(TransitionResult::done)
                                    .findFirst()
                                    .orElseThrow()
                                    .job()
                                    .token());
        }
    }

    // The same again

    @Test
    void aMoveThatIsAskedAgainIsDoneOnce() {
        JobTransition submitted = submitted("1", "a");
        assertThat(write(submitted).done()).isTrue();
        assertThat(write(submitted).done()).isTrue();

        JobTransition started = started("1", "w1", LEASE);
        assertThat(write(started).attempt()).isEqualTo(1);
        TransitionResult again = write(started);
        assertThat(again.done()).isTrue();
        assertThat(again.attempt()).isEqualTo(1);
        assertThat(again.interruptions()).isZero();

        JobTransition finished = JobTransition.finished(again.job(), "Success", RETENTION);
        assertThat(write(finished).done()).isTrue();
        String finishedAt = REDIS.hash("1").get("finishedAt");
        assertThat(write(finished).done()).isTrue();
        assertThat(REDIS.hash("1")).containsEntry("finishedAt", finishedAt);
    }

    @Test
    void aFailureThatIsToldAgainCountsOnce() {
        Job job = running("1");
        JobTransition retrying = JobTransition.retrying(job, ERROR, Duration.ofSeconds(1));
        assertThat(write(retrying).job().failures()).isEqualTo(1);
        assertThat(write(retrying)).satisfies(again -> {
            assertThat(again.done()).isTrue();
            assertThat(again.job().failures()).isEqualTo(1);
        });

        Job other = running("2");
        JobTransition failed = JobTransition.failed(other, ERROR, RETENTION);
        assertThat(write(failed).isFailed()).isTrue();
        assertThat(write(failed)).satisfies(again -> {
            assertThat(again.isFailed()).isTrue();
            assertThat(again.job().failures()).isEqualTo(1);
        });
    }

    @Test
    void aSubmissionThatArrivesAfterItWasTakenBackIsRefusedAndANewOneIsNot() {
        JobTransition submitted = submitted("1", "a");
        store.withdraw(JobTransition.withdrawn(submitted.job(), KEEP)).join();
        assertThat(REDIS.expiry("1")).isPositive();

        TransitionResult late = write(submitted);
        assertThat(late.done()).isFalse();
        assertThat(late.state()).isEqualTo(WITHDRAWN);

        TransitionResult anew = write(submitted("1", "b"));
        assertThat(anew.done()).isTrue();
        assertThat(REDIS.hash("1")).containsEntry("state", "QUEUED").containsEntry("token", "b");
        assertThat(REDIS.expiry("1")).isEqualTo(-1);
    }

    @Test
    void onlyItsOwnSubmissionTakesAJobBack() {
        write(submitted("1", "a"));

        store.withdraw(JobTransition.withdrawn(Job.create("1", "hello", null, "b"), KEEP))
                .join();

        assertThat(REDIS.hash("1")).containsEntry("state", "QUEUED");
    }

    @Test
    void aJobThatIsWorkedAlreadyIsNotTakenBack() {
        JobTransition submitted = submitted("1", "a");
        write(submitted);
        write(started("1", "w", LEASE));

        store.withdraw(JobTransition.withdrawn(submitted.job(), KEEP)).join();

        assertThat(REDIS.hash("1")).containsEntry("state", "RUNNING");
    }

    @Test
    void aSubmissionThatRedisGetsTooLateIsNotStored() {
        write(submitted("before", "a")); // tells the time
        command("CLIENT", "PAUSE", "3500");
        assertThatThrownBy(() -> write(submitted("1", "a"))).hasCauseInstanceOf(DataAccessException.class);

        assertThat(write(started("before", "w", LEASE)).done())
                .as("made after the pause")
                .isTrue();
        write(submitted("after", "a"));

        assertThat(REDIS.hash("1")).isEmpty();
        assertThat(REDIS.hash("after")).containsEntry("state", "QUEUED");
    }

    // Scheduled, expiring, cancelled

    @Test
    void aJobForLaterIsScheduledAndQueuedWhenItsTimeHasCome() {
        write(submitted("1", "a").after(Duration.ofMinutes(1)));
        assertThat(REDIS.hash("1")).containsEntry("state", "SCHEDULED").containsEntry("status", "7");
        assertThat(write(started("1", "w", LEASE)).done()).isFalse();
        assertThat(write(JobTransition.enqueued(job("1"))).done())
                .as("too early")
                .isFalse();

        write(JobTransition.rescheduled(job("1"), Instant.now().minusSeconds(1)));
        assertThat(write(JobTransition.enqueued(job("1"))).state()).isEqualTo(QUEUED);

        assertThat(write(started("1", "w", LEASE)).done()).isTrue();
        assertThat(write(JobTransition.rescheduled(job("1"), Instant.now())).done())
                .isFalse();
        Instant time = Instant.now().plusSeconds(100).truncatedTo(ChronoUnit.MILLIS);
        write(submitted("2", "a").at(time));
        assertThat(REDIS.hash("2")).containsEntry("until", Long.toString(time.toEpochMilli()));
        await().untilAsserted(() -> assertThat(REDIS.template().opsForZSet().score(JobIndex.DUE, "2"))
                .isEqualTo(time.toEpochMilli()));
    }

    /** Its message is on the queue before the job is known to be queued. */
    @Test
    void aWorkerMayBeFasterThanTheConfirmOfAScheduledJob() {
        write(submitted("1", "a").after(Duration.ofMillis(1)));
        write(submitted("2", "a").after(Duration.ofMillis(1)));

        await().until(() -> write(started("1", "w", LEASE)).done());
        assertThat(write(JobTransition.enqueued(job("1"))).done()).isFalse();
        assertThat(REDIS.hash("1")).containsEntry("state", "RUNNING");
        assertThat(write(JobTransition.parked(job("2"))).state()).isEqualTo(RETRYING);
    }

    @Test
    void aJobThatWaitedForTooLongDoesNotBegin() {
        write(submitted("1", "a").expiring(Duration.ofMillis(1), KEEP));
        await().pollDelay(Duration.ofMillis(5))
                .until(() -> write(started("1", "w", LEASE)).state() == CANCELLED);

        assertThat(REDIS.hash("1"))
                .containsEntry("errorType", "JobExpired")
                .containsEntry("status", "6")
                .doesNotContainKey("worker");
        assertThat(REDIS.template().getExpire("Job:1", SECONDS)).isBetween(7000L, 7200L);
        write(submitted("2", "a").expiring(Duration.ofHours(1), KEEP));
        assertThat(write(started("2", "w", LEASE)).isStarted()).isTrue();
    }

    @Test
    void whatWaitsIsCancelledAtOnce() {
        write(submitted("1", "a"));
        write(submitted("2", "a").after(Duration.ofMinutes(1)));

        for (String id : List.of("1", "2")) {
            assertThat(write(JobTransition.cancelled(job(id), "ada", KEEP)).state())
                    .isEqualTo(CANCELLED);
            assertThat(write(started(id, "w", LEASE)).done()).isFalse();
            assertThat(REDIS.hash(id)).containsEntry("cancelledBy", "ada");
            assertThat(write(JobTransition.cancelled(Job.create(id, "hello", null, "bob"), "bob", KEEP))
                            .done())
                    .isFalse();
        }
        assertThat(write(JobTransition.cancelled(job("gone"), "ada", KEEP)).state())
                .isEqualTo(NEW);
        await().untilAsserted(() -> {
            assertThat(REDIS.template().opsForZSet().score(JobIndex.QUEUED, "1"))
                    .isNull();
            assertThat(REDIS.template().opsForZSet().score(JobIndex.DUE, "2")).isNull();
            assertThat(REDIS.template().opsForZSet().size(JobIndex.key(CANCELLED, "hello")))
                    .isEqualTo(2);
        });
    }

    @Test
    void whateverMovesACancelledJobOnEndsIt() {
        Map<String, Function<Job, JobTransition>> moves = Map.of(
                "stopped",
                held -> JobTransition.stopped(held, KEEP),
                "retried",
                held -> JobTransition.retrying(held, ERROR, LEASE),
                "handed over",
                JobTransition::handedOver,
                "requeued",
                JobTransition::requeued);
        moves.forEach((id, move) -> {
            write(submitted(id, "a"));
            Job held = write(started(id, "w", id.equals("requeued") ? SHORT : LEASE))
                    .job();
            TransitionResult asked = write(JobTransition.cancelled(job(id), "ada", KEEP));
            if (!id.equals("requeued")) {
                assertThat(asked.state()).isEqualTo(RUNNING);
                assertThat(asked.done()).isTrue();
                assertThat(write(JobTransition.extended(held, LEASE)).cancelling())
                        .isTrue();
            }
            await().until(() ->
                    write(move.apply(held)).state() == CANCELLED || state(id).equals("CANCELLED"));
            assertThat(REDIS.template().getExpire("Job:" + id, SECONDS)).as(id).isBetween(7000L, 7200L);
            assertThat(write(started(id, "w2", LEASE)).done()).isFalse();
        });
    }

    // Replayed, discarded

    @Test
    void aFailedJobIsReplayedAsTheSameJob() {
        write(submitted("1", "a").expiring(Duration.ofMillis(400), KEEP));
        Job held = write(started("1", "w1", LEASE)).job();
        write(JobTransition.failed(held, ERROR, KEEP));
        write(JobTransition.buried(held, KEEP));
        await().until(() -> Long.parseLong(REDIS.hash("1").get("expiresAt")) < System.currentTimeMillis());

        TransitionResult replayed =
                write(JobTransition.replayed(job("1"), "ada").withPayload("[2]"));

        assertThat(replayed.done()).isTrue();
        assertThat(replayed.state()).isEqualTo(QUEUED);
        assertThat(replayed.needsMessage()).isTrue();
        assertThat(replayed.job().failures()).isZero();
        assertThat(REDIS.hash("1"))
                .containsEntry("state", "QUEUED")
                .containsEntry("edition", "1")
                .containsEntry("payload", "[2]")
                .containsEntry("replayedBy", "ada")
                .doesNotContainKeys("buried", "finishedAt", "failures", "expiresAt");
        assertThat(REDIS.template().getExpire("Job:1")).isEqualTo(-1);
        assertThat(REDIS.score(JobIndex.QUEUED, "1")).isNotNull();
        assertThat(write(JobTransition.replayed(job("1"), "ada")).changed()).isFalse();
        // The message of the submission comes again: it is of another edition.
        assertThat(write(started("1", "old", LEASE)).done()).isFalse();

        TransitionResult again = write(started(replayed.job()));
        assertThat(again.attempt()).isEqualTo(2);
        write(JobTransition.finished(again.job(), "done", KEEP));
        assertThat(JobAttempt.of(REDIS.hash("1")))
                .extracting(JobAttempt::number, JobAttempt::state, JobAttempt::error)
                .containsExactly(tuple(1, "FAILED", ERROR), tuple(2, "FINISHED", null));
        write(submitted("next batch", "a"));
        await().untilAsserted(() -> {
            assertThat(REDIS.score(JobIndex.QUEUED, "1")).isNull();
            assertThat(REDIS.score(JobIndex.AGAIN, "1")).isNull();
            assertThat(REDIS.score(JobIndex.key(FINISHED, "hello"), "1")).isNotNull();
        });
    }

    @Test
    void onlyAJobThatHasEndedIsDiscardedAndNoMessageOfItRuns() {
        JobHashes hashes = new JobHashes(REDIS.template());
        DiscardedJobs discarded = new DiscardedJobs(
                REDIS.template(), new JobIndex(REDIS.template(), hashes, mock(), Settings.defaults()));
        write(submitted("waits", "a"));
        write(JobTransition.failed(running("fresh"), ERROR, KEEP));
        for (String id : List.of("failed", "replayed")) {
            Job held = running(id);
            write(JobTransition.failed(held, ERROR, KEEP));
            write(JobTransition.buried(held, KEEP));
        }
        write(JobTransition.finished(running("finished"), "a large result", KEEP));
        REDIS.template().opsForValue().set("Job:text", "not a hash");
        write(submitted("next batch", "a"));
        List<String> all = List.of("waits", "fresh", "failed", "finished", "text", "none");

        assertThat(discarded.discard(all, "ada", DiscardedJobs.FROM)).containsExactly("failed", "finished");
        assertThat(discarded.discard(all, "ada", DiscardedJobs.FROM)).isEmpty();

        assertThat(REDIS.hash("failed"))
                .containsEntry("discarded", "ada")
                .containsEntry("status", "4")
                .doesNotContainKeys("payload", "errorMessage", "moves");
        assertThat(REDIS.template().getExpire("Job:failed", SECONDS)).isBetween(7000L, 7200L);
        assertThat(write(started("failed", "w2", LEASE)).done()).isFalse();
        assertThat(write(JobTransition.replayed(job("failed"), "bob")).done()).isFalse();
        assertThat(REDIS.score(JobIndex.key(JobState.FAILED, "hello"), "failed"))
                .isNull();
        assertThat(REDIS.score(JobIndex.idsKey("failed"), "failed")).isNull();
        assertThat(discarded.discard(List.of("replayed"), "ada", Set.of(FINISHED)))
                .isEmpty();
    }

    @Test
    void aResultThatCameFirstStaysAndTheNextWorkerDoesNotBeginACancelledJob() {
        write(submitted("1", "a"));
        Job held = write(started("1", "w", LEASE)).job();
        write(JobTransition.cancelled(job("1"), "ada", KEEP));
        assertThat(write(JobTransition.finished(held, "done", KEEP)).state()).isEqualTo(FINISHED);

        write(submitted("2", "a"));
        write(started("2", "w", SHORT));
        write(JobTransition.cancelled(job("2"), "ada", KEEP));
        await().until(() -> write(started("2", "w2", LEASE)).state() == CANCELLED
                || state("2").equals("CANCELLED"));
    }

    @Test
    void noWorkerHoldsAJobForLongerThanItMayRun() {
        write(submitted("1", "a").limited(Duration.ofMillis(200)));
        TransitionResult started = write(started("1", "w", LEASE));
        assertThat(started.timeout()).isEqualTo(Duration.ofMillis(200));
        long end = Job.number(REDIS.hash("1").get("startedAt")) + 200 + LEASE.toMillis();

        await().until(() -> write(JobTransition.extended(started.job(), LEASE)).until() == end);
    }

    private String state(String id) {
        return REDIS.hash(id).get("state");
    }

    private static Job job(String id) {
        return Job.create(id, "hello", null, "client");
    }

    // Idempotency-Key

    @Test
    void theSameKeyWithTheSameRequestIsTheSameJob() {
        write(keyed("1", "a", "print"));
        TransitionResult again = write(keyed("1", "b", "print"));

        assertThat(again.done()).isFalse();
        assertThat(again.needsMessage()).isTrue();
        assertThat(again.fingerprint()).isEqualTo("print");
    }

    @Test
    void theSameKeySendsNoSecondMessageOnceTheFirstIsConfirmed() {
        PublishedJobs published = new PublishedJobs(REDIS.template(), REDIS.executor());
        write(keyed("1", "a", "print"));
        write(submitted("2", "a"));

        for (String id : List.of("1", "2", "gone")) {
            published.note(Job.create(id, "hello", null, "a")).join();
        }

        assertThat(write(keyed("1", "b", "print")).needsMessage()).isFalse();
        assertThat(REDIS.hash("2")).doesNotContainKey("published");
        assertThat(REDIS.hash("gone")).isEmpty();
        published.destroy();
    }

    @Test
    void theSameKeyIsNoOtherRequestThanAJobThatRedisHasLost() {
        write(JobTransition.started(Job.create("1", "hello", null, "w"), "node-1", LEASE)); // by its message

        TransitionResult again = write(keyed("1", "b", "print"));

        assertThat(again.done()).isFalse();
        assertThat(again.state()).isEqualTo(RUNNING);
    }

    @Test
    void theSameKeyWithAnotherRequestIsRefusedWith422() {
        write(keyed("1", "a", "print"));

        assertThatThrownBy(() -> write(keyed("1", "b", "other")))
                .hasCauseInstanceOf(IdempotencyKeyReused.class)
                .satisfies(failure -> assertThat(((IdempotencyKeyReused) failure.getCause())
                                .getStatusCode()
                                .value())
                        .isEqualTo(422));
        assertThat(REDIS.hash("1")).containsEntry("fingerprint", "print").containsEntry("token", "a");
    }

    @Test
    void aJobThatTwoSubmissionsRelyOnIsTakenBackByNeither() {
        JobTransition first = keyed("1", "a", "print");
        JobTransition second = keyed("1", "b", "print");
        write(first);
        assertThat(write(second).needsMessage()).isTrue();

        store.withdraw(JobTransition.withdrawn(first.job(), KEEP)).join();
        assertThat(REDIS.hash("1")).containsEntry("state", "QUEUED");
        store.withdraw(JobTransition.withdrawn(second.job(), KEEP)).join();
        assertThat(REDIS.hash("1")).containsEntry("state", "QUEUED");
        assertThat(write(started("1", "w", LEASE)).done()).isTrue();
    }

    @Test
    void aKeyIsRememberedAfterTheEndOfItsJobForItsTimeAtLeast() {
        write(keyed("1", "a", "print"));
        Job job = write(started("1", "w", LEASE)).job();
        write(JobTransition.finished(job, "Success", RETENTION));

        assertThat(REDIS.expiry("1")).isBetween(RETENTION.toMillis() + 1, KEEP.toMillis());
        assertThat(write(keyed("1", "b", "print")).state()).isEqualTo(FINISHED);
    }

    // Jobs of others

    @Test
    void aJobOfWhichNothingIsStoredIsAdopted() {
        TransitionResult moved = write(started("1", "w", LEASE));

        assertThat(moved.done()).isTrue();
        assertThat(moved.attempt()).isEqualTo(1);
        assertThat(REDIS.hash("1"))
                .containsEntry("id", "1")
                .containsEntry("type", "hello")
                .containsEntry("worker", "node-1")
                .containsEntry("status", "1")
                .containsEntry("result", "")
                .containsKeys("createdAt", "startedAt");
        assertThat(REDIS.score(JobIndex.idsKey("1"), "1")).isNotNull();
    }

    @Test
    void aHashOfAnotherServiceThatSaysRunningMayBeStarted() {
        REDIS.put("1", Map.of("id", "1", "status", "1", "message", "Job being processed", "result", ""));

        assertThat(write(started("1", "w", LEASE)).done()).isTrue();
        assertThat(REDIS.hash("1")).containsEntry("state", "RUNNING").containsEntry("worker", "node-1");
    }

    @Test
    void aHashOfAnotherServiceThatSaysFinishedIsLeftAlone() {
        Map<String, String> foreign = Map.of("id", "1", "status", "0", "message", "Finished", "result", "Success");
        REDIS.put("1", foreign);

        TransitionResult moved = write(started("1", "w", LEASE));

        assertThat(moved.done()).isFalse();
        assertThat(moved.state()).isEqualTo(FINISHED);
        assertThat(REDIS.hash("1")).isEqualTo(foreign);
    }

    @Test
    void aFieldStateThatIsNotOursCountsAsNone() {
        REDIS.put("1", Map.of("status", "1", "state", "in progress"));
        REDIS.put("2", Map.of("status", "0", "state", "done"));

        assertThat(write(started("1", "w", LEASE)).done()).isTrue();
        assertThat(write(started("2", "w", LEASE)).state()).isEqualTo(FINISHED);
    }

    @Test
    void aKeyThatIsNoHashFailsItsJobAndNoOtherInTheBatch() {
        REDIS.template().opsForValue().set("Job:text", "not a hash");
        REDIS.put("odd", Map.of("status", "1", "attempt", "x", "failures", "1e30", "until", "never"));
        List<CompletableFuture<TransitionResult>> good = new ArrayList<>();
        List<CompletableFuture<TransitionResult>> bad = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            good.add(store.write(submitted("job-" + i, "a")));
            bad.add(store.write(started("text", "w" + i, LEASE)));
            good.add(store.write(started("odd", "w", LEASE)));
        }

        assertThat(good)
                .allSatisfy(moved -> assertThat(moved.get(10, SECONDS).done()).isTrue());
        assertThat(bad).allSatisfy(moved -> assertThat(moved)
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableThat()
                .withCauseInstanceOf(InvalidJobMessage.class));
    }

    @Test
    void severalHashesAreReadThoughOneIsNone() {
        REDIS.template().opsForValue().set("Job:text", "not a hash");
        write(submitted("1", "a"));

        assertThat(new JobHashes(REDIS.template()).all(List.of("text", "1", "none")))
                .satisfiesExactly(
                        text -> assertThat(text).isEmpty(),
                        one -> assertThat(one).containsEntry("id", "1"),
                        none -> assertThat(none).isEmpty());
        assertThat(new JobHashes(REDIS.template()).states(List.of("1", "text", "none")))
                .containsExactly(QUEUED, NEW, NEW);
        assertThat(new JobHashes(REDIS.template()).fields(List.of("1", "text"), List.of("type", "worker")))
                .containsExactly(Map.of("type", "hello"), Map.of());
        assertThat(new JobHashes(REDIS.template()).all(List.of())).isEmpty();
        assertThat(new JobHashes(REDIS.template()).states(List.of())).isEmpty();
    }

    // Where to look

    @Test
    void theListsFollowAJobToItsEnd() {
        write(submitted("1", "a"));
        assertThat(REDIS.score(JobIndex.key(QUEUED, "hello"), "1"))
                .isCloseTo(System.currentTimeMillis(), within(10_000.0));
        assertThat(REDIS.score(JobIndex.QUEUED, "1")).isCloseTo(System.currentTimeMillis(), within(10_000.0));
        assertThat(REDIS.score(JobIndex.DUE, "1")).isNull();

        Job job = write(started("1", "w", LEASE)).job();
        assertThat(REDIS.score(JobIndex.DUE, "1")).isCloseTo(System.currentTimeMillis() + 10_000, within(10_000.0));

        write(JobTransition.finished(job, "Success", RETENTION));
        write(submitted("next batch", "a"));
        assertThat(REDIS.score(JobIndex.DUE, "1")).isNull();
        assertThat(REDIS.score(JobIndex.QUEUED, "1")).isNull();
        assertThat(REDIS.score(JobIndex.idsKey("1"), "1")).isNotNull();
    }

    @Test
    void aFailedJobIsLookedAtUntilItIsBuried() {
        Job job = running("1");
        Job failed = write(JobTransition.failed(job, ERROR, RETENTION)).job();
        write(submitted("next batch", "a"));
        assertThat(REDIS.score(JobIndex.DUE, "1"))
                .isCloseTo(System.currentTimeMillis() + SetChanges.BURIAL_GRACE.toMillis(), within(10_000.0));

        write(JobTransition.buried(failed, RETENTION));
        write(submitted("another batch", "a"));
        assertThat(REDIS.score(JobIndex.DUE, "1")).isNull();
    }

    @Test
    void aRetryIsDueAfterItsPause() {
        write(JobTransition.retrying(running("1"), ERROR, Duration.ofSeconds(100)));

        assertThat(REDIS.score(JobIndex.DUE, "1")).isCloseTo(System.currentTimeMillis() + 100_000, within(10_000.0));
    }

    @Test
    void aJobThatIsQueuedAgainIsLookedForElsewhere() {
        write(JobTransition.requeued(write(JobTransition.retrying(running("1"), ERROR, Duration.ZERO))
                .job()));
        write(submitted("2", "a"));
        write(JobTransition.requeued(job("2", "r", QUEUED, 0))); // its message was lost
        write(submitted("next batch", "a"));
        for (String id : List.of("1", "2")) {
            assertThat(REDIS.score(JobIndex.QUEUED, id)).isNull();
            assertThat(REDIS.score(JobIndex.AGAIN, id)).isCloseTo(System.currentTimeMillis(), within(10_000.0));
        }

        write(started("1", "w2", LEASE));
        write(submitted("another batch", "a"));
        assertThat(REDIS.score(JobIndex.AGAIN, "1")).isNull();
    }

    @Test
    void aWithdrawnJobIsNotLookedForOnTheQueue() {
        JobTransition submitted = submitted("1", "a");
        write(submitted);
        store.withdraw(JobTransition.withdrawn(submitted.job(), KEEP)).join();
        write(submitted("next batch", "a"));

        assertThat(REDIS.score(JobIndex.QUEUED, "1")).isNull();
    }

    @Test
    void listenersAreToldOfEachMoveBeforeWhoAsked() {
        TransitionResult submitted = write(submitted("1", "a"));
        TransitionResult refused = write(JobTransition.finished(job("1", "w", RUNNING, 1), "x", RETENTION));

        assertThat(told).containsExactly(submitted, refused);
    }

    @Test
    void aListenerThatFailsKeepsNobodyFromAnAnswer() {
        JobStore other = new JobStore(
                REDIS.template(),
                List.of(
                        moved -> {
                            throw new IllegalStateException("thrown by the test");
                        },
                        told::add),
                Settings.defaults(),
                REDIS.executor());
        try {
            CompletableFuture<TransitionResult> first = other.write(submitted("1", "a"));
            assertThat(first).succeedsWithin(SOON);
            assertThat(told).hasSize(1);
        } finally {
            other.destroy();
        }
    }

    // Redis goes and comes

    @Test
    void aScriptThatRedisForgotIsLoadedAgain() {
        write(submitted("1", "a"));
        REDIS.template().execute((RedisCallback<Void>) connection -> {
            connection.scriptingCommands().scriptFlush();
            return null;
        });

        assertThat(write(started("1", "w", LEASE)).attempt()).isEqualTo(1);
        assertThat(REDIS.hash("1")).doesNotContainKey("interruptions");
    }

    @Test
    void whoInsistsIsAnsweredOnceRedisIsBack() {
        write(submitted("1", "a"));
        REDIS.stop();
        CompletableFuture<TransitionResult> insisted = store.retryUntilStored(submitted("2", "a"));
        await().pollDelay(Duration.ofMillis(400))
                .untilAsserted(() -> assertThat(insisted).isNotDone());
        REDIS.start();

        assertThat(insisted).succeedsWithin(SOON).satisfies(moved -> assertThat(moved.done())
                .isTrue());
        assertThat(REDIS.hash("2")).containsEntry("state", "QUEUED");
    }

    @Test
    void whileRedisIsDownMovesFailAndAfterwardsTheyAreMade() {
        write(submitted("1", "a"));
        REDIS.stop();
        assertThatThrownBy(() -> write(submitted("2", "a"))).hasCauseInstanceOf(DataAccessException.class);
        assertThatThrownBy(() -> write(started("1", "w", LEASE))).hasCauseInstanceOf(DataAccessException.class);
        REDIS.start();

        await().ignoreExceptions().until(() -> write(submitted("3", "a")).done());
        assertThat(REDIS.hash("3")).containsEntry("state", "QUEUED");
    }

    @Test
    void aSubmissionThatCannotBeTakenBackIsTakenBackLater() {
        JobTransition submitted = submitted("1", "a");
        REDIS.stop();
        assertThat(store.withdraw(JobTransition.withdrawn(submitted.job(), KEEP)))
                .succeedsWithin(SOON);
        store.withdrawPending();
        REDIS.start();

        await().untilAsserted(() -> {
            store.withdrawPending();
            assertThat(REDIS.hash("1")).containsEntry("state", "WITHDRAWN");
        });
        assertThat(write(submitted).done()).isFalse();
    }

    @Test
    void whileManyWithdrawalsArePendingNothingIsSubmittedAndNoneIsForgotten() {
        List<JobTransition> rejected = IntStream.range(0, 2000)
                .mapToObj(i -> submitted("job-" + i, "a"))
                .toList();
        JobStore full = new JobStore(REDIS.template(), List.of(), Settings.defaults(), REDIS.executor(), 2000 * 200L);
        try {
            REDIS.stop();
            CompletableFuture.allOf(rejected.stream()
                            .map(each -> full.withdraw(JobTransition.withdrawn(each.job(), KEEP)))
                            .toArray(CompletableFuture[]::new))
                    .join();
            assertThat(full.write(submitted("one more", "a")))
                    .failsWithin(Duration.ofSeconds(5))
                    .withThrowableThat()
                    .withCauseInstanceOf(ServiceUnavailable.class);
            full.withdrawPending();
            REDIS.start();

            await().ignoreExceptions().untilAsserted(() -> {
                full.withdrawPending();
                assertThat(full.write(submitted("one more", "a")).join().done()).isTrue();
            });
            List<String> ids = rejected.stream().map(each -> each.job().id()).toList();
            await().untilAsserted(() -> {
                full.withdrawPending();
                assertThat(new JobHashes(REDIS.template()).states(ids)).containsOnly(WITHDRAWN);
            });
        } finally {
            full.destroy();
        }
    }

    @Test
    void anUntouchedJobIsOwedNothing() {
        JobTransition submitted = submitted("1", "a");
        write(submitted);
        store.withdrawPending();
        assertThat(REDIS.hash("1")).containsEntry("state", "QUEUED");
    }

    // Many at once

    @Test
    void thousandsOfMovesOfManyThreadsAreAllAnsweredAndRight() throws Exception {
        int jobs = 500;
        AtomicInteger done = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(16);
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < jobs; i++) {
            String id = "job-" + i;
            running.add(threads.submit(() -> {
                assertThat(write(submitted(id, "a")).done()).isTrue();
                Job job = write(started(id, "w", LEASE)).job();
                assertThat(write(started(id, "rival", LEASE)).done()).isFalse();
                assertThat(write(JobTransition.finished(job, id, RETENTION)).done())
                        .isTrue();
                done.incrementAndGet();
                return null;
            }));
        }
        for (Future<?> each : running) {
            each.get(30, SECONDS);
        }
        threads.shutdown();

        assertThat(done).hasValue(jobs);
        assertThat(told).hasSize(4 * jobs);
        List<String> ids = java.util.stream.IntStream.range(0, jobs)
                .mapToObj(i -> "job-" + i)
                .toList();
        assertThat(new JobHashes(REDIS.template()).all(ids)).allSatisfy(hash -> {
            assertThat(hash).containsEntry("state", "FINISHED").containsEntry("attempt", "1");
            assertThat(hash.get("result")).isEqualTo(hash.get("id"));
        });
        write(submitted("next batch", "a"));
        assertThat(REDIS.template().opsForZSet().zCard(JobIndex.idsKey("job-"))).isEqualTo(jobs);
        assertThat(REDIS.template().opsForZSet().zCard(JobIndex.DUE)).isZero();
        assertThat(REDIS.template().opsForZSet().zCard(JobIndex.QUEUED)).isEqualTo(1);
    }

    /** The ids of the connections to Redis. */
    private static Set<String> clients() {
        return Pattern.compile("(?m)^id=(\\d+)")
                .matcher(new String((byte[]) command("CLIENT", "LIST"), UTF_8))
                .results()
                .map(id -> id.group(1))
                .collect(Collectors.toSet());
    }

    private static Object command(String name, String... arguments) {
        byte[][] bytes =
                Stream.of(arguments).map(argument -> argument.getBytes(UTF_8)).toArray(byte[][]::new);
        return REDIS.template().execute((RedisCallback<Object>) connection -> connection.execute(name, bytes));
    }

    private TransitionResult write(JobTransition move) {
        return store.write(move).orTimeout(20, SECONDS).join();
    }

    /** A job that its first attempt works. */
    private Job running(String id) {
        write(submitted(id, "a"));
        return write(started(id, "w1", LEASE)).job();
    }

    private static JobTransition submitted(String id, String token) {
        return JobTransition.submitted(Job.create(id, "hello", "{\"a\":1}", token), null, KEEP);
    }

    private static JobTransition keyed(String id, String token, String fingerprint) {
        return JobTransition.submitted(Job.create(id, "hello", "{\"a\":1}", token), fingerprint, KEEP);
    }

    private static JobTransition started(String id, String token, Duration lease) {
        return JobTransition.started(Job.create(id, "hello", null, token), "node-1", lease);
    }

    /** By the message of a submission, whose token a worker does not know. */
    private static JobTransition started(Job job) {
        Job read = Job.create(job.id(), job.type(), job.payload(), "w" + job.edition(), job.edition(), job.createdAt());
        return JobTransition.started(read, "node-1", LEASE);
    }

    private static Job job(String id, String token, JobState state, int attempt) {
        return new Job(id, "hello", null, token, state, attempt, 0, 0, 0);
    }
}
