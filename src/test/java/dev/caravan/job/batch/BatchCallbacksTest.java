package dev.caravan.job.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.spy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.caravan.http.LimitExceeded;
import dev.caravan.job.BatchChange;
import dev.caravan.job.Job;
import dev.caravan.job.JobError;
import dev.caravan.job.JobFilter;
import dev.caravan.job.JobOptions;
import dev.caravan.job.JobState;
import dev.caravan.job.JobSubmissions;
import dev.caravan.job.JobTransition;
import dev.caravan.job.JobTypes;
import dev.caravan.job.Settings;
import dev.caravan.job.TestRedis;
import dev.caravan.job.TransitionResult;
import dev.caravan.job.batch.BatchStore.Wanted;
import dev.caravan.job.store.BatchMembers;
import dev.caravan.job.store.JobHashes;
import dev.caravan.job.store.JobIndex;
import dev.caravan.job.store.JobList;
import dev.caravan.job.store.JobStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.amqp.AmqpException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.serializer.StringRedisSerializer;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

/** Batches on a Redis: members that end, repeat, never come; several nodes that call back. */
@Timeout(120)
class BatchCallbacksTest {
    private static final Duration RETENTION = Duration.ofHours(1);
    private static final BatchSettings SETTINGS = new BatchSettings(3, 3, Duration.ofHours(1), Duration.ofHours(2));

    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private final JobTypes types = new JobTypes(new DefaultCamelContext());
    private final JobSubmissions submissions = new JobSubmissions(Settings.defaults(), types);
    private final JobHashes hashes = new JobHashes(REDIS.template());
    private final BatchStore batches = new BatchStore(REDIS.template(), SETTINGS);
    private final BatchList list = new BatchList(REDIS.template(), batches);
    private final WaitingBatches waiting = new WaitingBatches(REDIS.template(), batches);
    /** What all nodes have told, and the callback jobs that they have stored. */
    private final List<BatchChange> changes = new ArrayList<>();

    private final List<TransitionResult> called = new ArrayList<>();
    private BatchMembers members;
    private JobStore jobs;
    private OpenMembers open;
    private Node first;
    private Node second;

    /** A node: it submits as its routes do. */
    private final class Node {
        private final BatchCallbacks callbacks = new BatchCallbacks(
                batches, waiting, members, hashes, submissions, List.of((Consumer<BatchChange>) changes::add));

        private void work() {
            for (Batch batch : callbacks.due()) {
                callbacks.submitted(batch, store(batch));
            }
        }

        private String store(Batch batch) {
            JobTransition submission = callbacks.submission(batch);
            called.add(jobs.write(submission).join());
            return submission.job().id();
        }
    }

    @BeforeEach
    void open() {
        members = new BatchMembers(REDIS.template(), REDIS.executor());
        jobs = new JobStore(REDIS.template(), List.of(), Settings.defaults(), REDIS.executor());
        open = new OpenMembers(
                batches, waiting, members, hashes, Settings.defaults(), List.of((Consumer<BatchChange>) changes::add));
        first = new Node();
        second = new Node();
    }

    @AfterEach
    void close() {
        jobs.destroy();
        members.destroy();
    }

    // Members

    @Test
    void aMemberIsOpenUntilItHasEndedAndCountsOnceAsWhatItWas() {
        String batch = batch();
        Job good = add(batch, null);
        Job bad = add(batch, null);
        Job unwanted = add(batch, null);
        assertCounts(batch, 3, 0, 0, 0);

        JobTransition end = JobTransition.finished(start(good), "", RETENTION);
        jobs.write(end).join();
        jobs.write(end).join(); // the reply was lost
        jobs.write(JobTransition.retrying(start(bad), new JobError("E", "e"), Duration.ZERO))
                .join();
        jobs.write(JobTransition.cancelled(unwanted, "ada", RETENTION)).join();
        awaitCounts(batch, 3, 1, 0, 1);

        jobs.write(JobTransition.failed(start(bad), new JobError("E", "e"), RETENTION))
                .join();
        awaitCounts(batch, 3, 1, 1, 1);
        assertThat(waiting.open(batch, 0, 10)).isEmpty();
    }

    @Test
    void aJobWithoutABatchIsNone() {
        String batch = batch();
        Job job = jobs.write(submissions.read("default", null, null, null, "ada", JobOptions.NONE))
                .join()
                .job();
        jobs.write(JobTransition.finished(start(job), "", RETENTION)).join();
        add(batch, null);

        awaitCounts(batch, 1, 0, 0, 0);
        assertThat(REDIS.hash(job.id())).doesNotContainKey("batch");
    }

    @Test
    void aRepeatedKeyIsOneMemberWhateverHasBecomeOfIt() {
        String batch = batch();
        Job job = add(batch, "k");
        add(batch, "k");
        assertCounts(batch, 1, 0, 0, 0);
        jobs.write(JobTransition.finished(start(job), "", RETENTION)).join();
        awaitCounts(batch, 1, 1, 0, 0);
        batches.close(batch, null);

        add(batch, "k"); // though it is closed
        add(null, "flush");
        awaitCounts(batch, 1, 1, 0, 0);
    }

    @Test
    void theKeyOfAJobOfAnotherBatchMakesNoMember() {
        String batch = batch();
        String other = batch();
        add(batch, "k");

        add(other, "k");

        awaitCounts(other, 0, 0, 0, 0);
        assertThat(waiting.open(other, 0, 10)).isEmpty();
        assertCounts(batch, 1, 0, 0, 0);
    }

    @Test
    void aSubmissionThatIsWithdrawnIsNoMemberUntilItIsRepeated() {
        String batch = batch();
        Job job = add(batch, "k");
        jobs.write(JobTransition.withdrawn(job, RETENTION)).join();
        awaitCounts(batch, 0, 0, 0, 0);

        add(batch, "k");
        assertCounts(batch, 1, 0, 0, 0);
    }

    /** The client has its 503 before the member is removed, and may be faster with the same key. */
    @Test
    void aSubmissionThatIsRepeatedStaysThoughTheRemovalOfTheFirstIsLate() {
        String batch = batch();
        String id = add(batch, "k").id();
        long first = waiting.open(batch, 0, 1).get(0).getScore().longValue();
        await().until(() -> waiting.now() > first);
        members.admit(submission(batch, "k", "ada")).join();

        members.end(batch, Map.of(id, new BatchMembers.Ending("", first)));
        assertCounts(batch, 1, 0, 0, 0);
        assertThat(waiting.open(batch, 0, 1)).hasSize(1);

        long second = waiting.open(batch, 0, 1).get(0).getScore().longValue();
        members.end(batch, Map.of(id, new BatchMembers.Ending("", second)));
        assertCounts(batch, 0, 0, 0, 0);
    }

    @Test
    void aSubmissionThatAQuotaRejectsIsNoMember() {
        String batch = batch();
        JobStore limited = new JobStore(
                REDIS.template(), List.of(), Settings.with(Map.of("max-queued-per-user", "1")), REDIS.executor());
        limited.write(admitted(batch, "k")).join();
        for (int i = 0; i < 4; i++) { // more than it may have
            assertRejected(limited, admitted(batch, null));
            awaitCounts(batch, 1, 0, 0, 0);
        }
        assertRejected(limited, admitted(batch, "k")); // the job that has the key is accepted all the same
        assertRejected(limited, admitted(batch, "other"));

        limited.destroy();
        assertCounts(batch, 1, 0, 0, 0);
        assertThat(waiting.open(batch, 0, 10)).hasSize(1);
    }

    private static void assertRejected(JobStore store, JobTransition submission) {
        assertThatThrownBy(() -> store.write(submission).join()).hasCauseInstanceOf(LimitExceeded.class);
    }

    @Test
    void aSubmissionOfWhichNothingIsStoredIsNoMember() {
        String batch = batch();
        JobTransition lost = admitted(batch, "k");
        jobs.write(withdrawn(lost)).join();
        awaitCounts(batch, 0, 0, 0, 0);
        assertThat(waiting.open(batch, 0, 10)).isEmpty();

        assertThat(jobs.write(lost).join().done()).as("it is late").isFalse();
        add(batch, "k");
        add(null, "flush");
        assertCounts(batch, 1, 0, 0, 0);
    }

    /** Both within a millisecond, maybe. */
    @Test
    void ofTwoSubmissionsWithAKeyTheOneThatIsStoredStaysThoughTheOtherIsWithdrawn() {
        String batch = batch();
        JobTransition lost = admitted(batch, "k");
        JobTransition repeated = admitted(batch, "k");

        jobs.write(withdrawn(lost)).join();
        jobs.write(lost).join(); // it is late
        jobs.write(repeated).join();
        add(null, "flush");

        assertCounts(batch, 1, 0, 0, 0);
        assertThat(waiting.open(batch, 0, 10)).hasSize(1);
    }

    private JobTransition withdrawn(JobTransition submission) {
        return members.leave(JobTransition.withdrawn(submission.job(), RETENTION), submission);
    }

    @Test
    void onlyItsOwnerAddsToItWhileItIsOpenAndHasRoom() {
        String batch = batch();
        assertThatThrownBy(() -> members.admit(submission(batch, null, "bob")).join())
                .hasMessageContaining("another user's");
        assertThatThrownBy(() -> add("none", null)).hasMessageContaining("no such batch");
        for (int i = 0; i < 3; i++) {
            add(batch, null);
        }
        assertThatThrownBy(() -> add(batch, null))
                .isInstanceOf(CompletionException.class)
                .hasMessageContaining("max-members");
        String closed = batch();
        batches.close(closed, null);
        assertThatThrownBy(() -> add(closed, null)).hasMessageContaining("is closed");
    }

    @Test
    void aUserHasOnlySoManyBatchesUntilOneHasExpired() {
        List<String> all = List.of(batch(), batch(), batch());
        assertThatThrownBy(this::batch).isInstanceOf(LimitExceeded.class);

        REDIS.template().delete(BatchMembers.keys(all.get(1)).get(0));
        assertThatThrownBy(this::batch).as("it may be about to be created").isInstanceOf(LimitExceeded.class);
        REDIS.template().opsForZSet().add(BatchStore.OF + "ada", all.get(1), 1);
        await().atMost(Duration.ofSeconds(30)).ignoreExceptions().until(() -> batch() != null);
        batches.create(new Wanted(null, null, null), "bob");
        assertThatThrownBy(this::batch).isInstanceOf(LimitExceeded.class);
    }

    @Test
    void aUserWhoHasTooManyIsAnsweredByWhatWasFoundAMomentAgo() {
        for (int i = 0; i < 3; i++) {
            batch();
        }
        long before = calls("exists");
        for (int i = 0; i < 50; i++) {
            assertThatThrownBy(this::batch).isInstanceOf(LimitExceeded.class);
        }
        assertThat(calls("exists") - before).as("3 each five seconds").isBetween(3L, 30L);
    }

    @Test
    void aBatchThatNobodyClosesIsForgottenSomeTimeAfterItsLastMember() {
        String batch = batch();
        String key = BatchMembers.keys(batch).get(0);
        REDIS.template().expire(key, Duration.ofSeconds(10));
        Job member = add(batch, null);
        for (String each : BatchMembers.keys(batch).subList(0, 3)) {
            assertThat(REDIS.template().getExpire(each)).as(each).isBetween(7000L, 7200L);
        }
        REDIS.template().delete(BatchMembers.keys(batch));
        jobs.write(JobTransition.finished(start(member), "", RETENTION)).join();
        add(null, "flush");

        batches.maintain();
        assertThat(REDIS.score(BatchStore.ALL, batch)).isNotNull();
        REDIS.template().opsForZSet().add(BatchStore.ALL, batch, 1);
        batches.maintain();
        assertThat(REDIS.score(BatchStore.ALL, batch)).isNull();
        assertThat(list.page(null, null, null, 10).batches()).isEmpty();
        await().untilAsserted(() ->
                assertThat(REDIS.template().keys("caravan:jobs:batch:*")).isEmpty());
    }

    @Test
    void aFilterFindsTheMembers() {
        String batch = batch();
        Job job = add(batch, null);
        add(null, null);
        JobList list = new JobList(
                REDIS.template(), hashes, new JobIndex(REDIS.template(), hashes, types, Settings.defaults()));
        JobFilter filter = JobFilter.of(Map.of("batch", batch)::get);

        assertThat(list.read(new JobList.Query(filter, 10, null, null)).jobs())
                .singleElement()
                .satisfies(
                        each -> assertThat(each).containsEntry("id", job.id()).containsEntry("batch", batch));
        assertThat(list.count(filter).jobs()).isEqualTo(1);
        JobFilter failed = JobFilter.of(Map.of("batch", batch, "state", "FAILED")::get);
        assertThat(list.read(new JobList.Query(failed, 10, null, null)).jobs()).isEmpty();
    }

    // Callbacks

    @Test
    void itCallsBackOnceAllMembersHaveEndedAndItIsClosed() {
        String batch = batch();
        Job good = add(batch, null);
        Job bad = add(batch, null);
        end(good, JobState.FINISHED);
        first.work();
        batches.close(batch, null);
        first.work();
        assertThat(called).as("one is open").isEmpty();

        end(bad, JobState.FAILED);
        first.work();
        second.work();

        assertThat(called).hasSize(1);
        Job callback = called.get(0).job();
        assertThat(state(batch)).isEqualTo(BatchState.CALLING_BACK);
        assertThat(batches.read(batch).callbackJob()).isEqualTo(callback.id());
        JsonObject payload = JsonParser.parseString(callback.payload()).getAsJsonObject();
        assertThat(payload.get("name").getAsString()).isEqualTo("x");
        JsonObject result = payload.getAsJsonObject("batch");
        assertThat(result.get("id").getAsString()).isEqualTo(batch);
        assertThat(result.get("members").getAsInt()).isEqualTo(2);
        assertThat(result.get("finished").getAsInt()).isEqualTo(1);
        assertThat(result.get("failed").getAsInt()).isEqualTo(1);
        assertThat(REDIS.hash(callback.id())).containsEntry("user", "ada").containsEntry("priority", "high");

        end(callback, JobState.FINISHED);
        second.work();
        first.work();
        assertThat(state(batch)).isEqualTo(BatchState.ENDED);
        assertThat(changes).containsExactly(BatchChange.CALLED_BACK, BatchChange.ENDED);
        assertThat(REDIS.template().getExpire(BatchMembers.keys(batch).get(0))).isBetween(3500L, 3600L);
        assertThat(waiting.look(false)).isEmpty();
    }

    /** Before it submitted the callback job, or after that. */
    @Test
    void aNodeThatDiesInBetweenLeavesOneCallbackJob() {
        String batch = batch();
        batches.close(batch, null);

        assertThat(first.callbacks.due()).hasSize(1); // and dies
        assertThat(second.callbacks.due()).as("it may be alive").isEmpty();
        REDIS.template().opsForHash().put(BatchMembers.keys(batch).get(0), "taken", "0");
        Batch taken = second.callbacks.due().get(0);
        String job = second.store(taken); // and dies
        REDIS.template().opsForHash().put(BatchMembers.keys(batch).get(0), "taken", "0");
        first.work();

        assertThat(called).hasSize(2).extracting(TransitionResult::changed).containsExactly(true, false);
        assertThat(called).allSatisfy(each -> assertThat(each.job().id()).isEqualTo(job));
        assertThat(batches.read(batch).callbackJob()).isEqualTo(job);
    }

    @Test
    void anEmptyBatchCallsBackAndOneWithoutACallbackEnds() {
        String empty = batch();
        String silent = batches.create(new Wanted("silent", null, null), "ada");
        batches.close(empty, null);
        batches.close(silent, null);

        first.work();

        assertThat(called).hasSize(1);
        assertThat(state(silent)).isEqualTo(BatchState.ENDED);
        assertThat(list.page(BatchState.ENDED, null, null, 10).batches())
                .extracting(Batch::id)
                .containsExactly(silent);
    }

    @Test
    void noScriptRunsForABatchThatWaits() {
        for (int i = 0; i < 20; i++) {
            String waits = batches.create(new Wanted(null, null, callback()), "user-" + i);
            members.admit(submission(waits, null, "user-" + i)).join();
            batches.close(waits, null);
        }
        String complete = batch();
        batches.close(complete, null);

        long before = scripts();
        assertThat(first.callbacks.due()).extracting(Batch::id).containsExactly(complete);
        assertThat(scripts() - before).isEqualTo(1);
    }

    /** How many calls of scripts Redis has had. */
    private static long scripts() {
        return calls("eval", "evalsha");
    }

    private static long calls(String... commands) {
        Properties stats = REDIS.template().execute((RedisCallback<Properties>)
                connection -> connection.serverCommands().info("commandstats"));
        return Stream.of(commands)
                .map(command -> stats.getProperty("cmdstat_" + command, "calls=0,"))
                .mapToLong(calls -> Long.parseLong(calls.substring("calls=".length(), calls.indexOf(','))))
                .sum();
    }

    @Test
    void moreThanOneGoTakesAreAllCalledBack() {
        Set<String> all = new HashSet<>();
        for (int i = 0; i < 250; i++) {
            String batch = batches.create(new Wanted(null, null, callback()), "user-" + i);
            batches.close(batch, null);
            all.add(batch);
        }
        Set<String> due = new HashSet<>();
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            first.callbacks.due().forEach(batch -> due.add(batch.id()));
            assertThat(due).isEqualTo(all);
        });
    }

    @Test
    void ofMoreThanOneLookTakesEachIsLookedAtInTurn() {
        StringRedisSerializer text = StringRedisSerializer.UTF_8;
        byte[] key = text.serialize(BatchStore.WAITING);
        byte[] state = text.serialize("state");
        byte[] closed = text.serialize("CLOSED");
        REDIS.template().executePipelined((RedisCallback<Void>) connection -> {
            for (int i = 0; i < 2000; i++) {
                String id = "b-" + i;
                connection
                        .hashCommands()
                        .hSet(text.serialize(BatchMembers.keys(id).get(0)), state, closed);
                connection.zSetCommands().zAdd(key, i, text.serialize(id));
            }
            return null;
        });

        Set<String> seen = new HashSet<>();
        waiting.look(true).forEach(batch -> seen.add(batch.id()));
        waiting.look(false); // as the look at open members does
        waiting.look(true).forEach(batch -> seen.add(batch.id()));
        assertThat(seen).hasSize(2000);
    }

    @Test
    void aCallbackJobIsTriedAgainUnlessItWouldBeRejectedAgain() {
        String batch = batch();
        batches.close(batch, null);
        Batch due = first.callbacks.due().get(0);

        first.callbacks.failed(due, new AmqpException("away"), "j", null);
        first.callbacks.failed(
                due, new CompletionException(new LimitExceeded("full", 1, 1, Duration.ZERO)), "j", false);
        assertThat(state(batch)).isEqualTo(BatchState.CALLING_BACK);

        ResponseStatusException rejected = new ResponseStatusException(HttpStatus.UNPROCESSABLE_ENTITY, "no such");
        first.callbacks.failed(due, new CompletionException(rejected), null, null);
        assertThat(state(batch)).isEqualTo(BatchState.ENDED);
        assertThat(batches.read(batch).field("callbackError")).isEqualTo("no such");
    }

    @Test
    void aMemberThatIsReplayedChangesNothing() {
        String batch = batch();
        Job job = add(batch, null);
        batches.close(batch, null);
        end(job, JobState.FAILED);
        first.work();
        jobs.write(JobTransition.replayed(job, "ada")).join();
        end(job, JobState.FINISHED);
        first.work();

        assertCounts(batch, 1, 0, 1, 0);
        assertThat(called).hasSize(1);
    }

    // What a crash leaves, and cancelling

    @Test
    void whatACrashHasLeftDoesNotHoldUpABatch() {
        String batch = batch();
        JobTransition never = submission(batch, null, "ada");
        members.admit(never).join(); // and its node dies
        Job ended = add(batch, null);
        batches.close(batch, null);
        REDIS.put(ended.id(), Map.of("state", "FINISHED")); // and its node dies

        open.check();
        assertCounts(batch, 2, 1, 0, 0);
        assertThat(waiting.open(batch, 0, 10)).as("it may come yet").hasSize(1);

        REDIS.template()
                .opsForZSet()
                .add(BatchMembers.keys(batch).get(1), never.job().id(), 1);
        open.check();
        assertCounts(batch, 1, 1, 0, 0);
        first.work();
        assertThat(called).hasSize(1);
    }

    @Test
    void aBatchThatIsCancelledCancelsWhatIsOpenInItAndCallsBack() {
        String batch = batch();
        Job waits = add(batch, null);
        Job runs = start(add(batch, null));
        String nested = batches.create(new Wanted(null, batch, null), "ada");
        Job inNested = add(nested, null);

        batches.close(batch, "olga");
        cancelOpen();
        assertThat(REDIS.hash(waits.id())).containsEntry("state", "CANCELLED").containsEntry("cancelledBy", "olga");
        assertThat(REDIS.hash(runs.id())).containsEntry("state", "RUNNING").containsEntry("cancelledBy", "olga");
        assertThat(open.check().stream().map(JobTransition::job).map(Job::id)).doesNotContain(runs.id());
        cancelOpen();
        assertThat(REDIS.hash(inNested.id())).containsEntry("state", "CANCELLED");
        jobs.write(JobTransition.stopped(runs, RETENTION)).join();
        add(null, "flush");

        await().untilAsserted(() -> {
            first.work();
            assertThat(called).hasSize(1);
        });
        Batch now = batches.read(batch);
        assertCounts(batch, 2, 0, 0, 2);
        assertThat(now.number(BatchStore.NESTED_FAILED)).isEqualTo(1);
        assertThat(now.openNested()).isZero();
        assertThat(now.callback().payload(now)).contains("\"cancelledBy\":\"olga\"");
    }

    @Test
    void aBatchThatIsCancelledDoesNotWaitBehindOthersThatWait() {
        for (int i = 0; i < 12; i++) {
            String waits = batches.create(new Wanted(null, null, null), "user-" + i);
            members.admit(submission(waits, null, "user-" + i)).join();
            batches.close(waits, null);
        }
        String batch = batch();
        Job waits = add(batch, null);
        batches.close(batch, "ada");

        assertThat(open.check())
                .extracting(cancellation -> cancellation.job().id())
                .containsExactly(waits.id());
    }

    /** A batch that is looked at for a second time goes on where the first look ended, though others were looked at in between. */
    @Test
    void whatACrashHasLeftIsFoundAmongMoreBatchesThanOneLookTakes() {
        String batch = batch();
        batches.close(batch, null);
        String set = BatchMembers.keys(batch).get(1);
        double soon = System.currentTimeMillis() + 3_600_000.0;
        for (int i = 0; i < 150; i++) {
            REDIS.template().opsForZSet().add(set, "waits-" + i, soon);
            REDIS.put("waits-" + i, Map.of("state", "QUEUED"));
        }
        REDIS.template().opsForZSet().add(set, "ended", soon + 1);
        REDIS.put("ended", Map.of("state", "FINISHED"));

        open.check();
        assertThat(REDIS.score(set, "ended")).as("behind the first hundred").isNotNull();
        REDIS.template().opsForZSet().remove(BatchStore.WAITING, batch);
        open.check(); // at others
        REDIS.template().opsForZSet().add(BatchStore.WAITING, batch, 1);
        open.check();

        assertThat(REDIS.score(set, "ended")).isNull();
        assertThat(batches.read(batch).number("finished")).isEqualTo(1);
    }

    @Test
    void theBatchesInOneThatIsCancelledAreCancelledOnce() {
        BatchStore many = new BatchStore(
                REDIS.template(), new BatchSettings(1000, 1000, Duration.ofHours(1), Duration.ofHours(2)));
        String parent = many.create(new Wanted(null, null, null), "ada");
        List<String> children = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            children.add(many.create(new Wanted(null, parent, null), "ada"));
        }
        batches.close(parent, "olga");

        open.check();
        assertThat(children).allSatisfy(child -> {
            assertThat(state(child)).isEqualTo(BatchState.CLOSED);
            assertThat(batches.read(child).field("cancelledBy")).isEqualTo("olga");
        });
        long before = scripts();
        open.check();
        assertThat(scripts()).isEqualTo(before);
        assertThat(changes).hasSize(30).containsOnly(BatchChange.CANCELLED);
    }

    private void cancelOpen() {
        open.check().forEach(cancellation -> jobs.write(cancellation).join());
    }

    // Nested

    @Test
    void aBatchWaitsForTheCallbackJobsOfThoseInIt() {
        String parent = batch();
        String child = batches.create(new Wanted(null, parent, callback()), "ada");
        assertThatThrownBy(() -> batches.create(new Wanted(null, parent, null), "bob"))
                .hasMessageContaining("another user's");
        batches.close(parent, null);
        assertThatThrownBy(() -> batches.create(new Wanted(null, parent, null), "ada"))
                .hasMessageContaining("is closed");
        assertThat(list.page(null, parent, null, 10).batches())
                .extracting(Batch::id)
                .containsExactly(child);
        first.work();
        batches.close(child, null);
        first.work();
        first.work();
        assertThat(called).as("of the child alone").hasSize(1);
        assertThat(batches.read(parent).openNested()).isEqualTo(1);

        end(called.get(0).job(), JobState.FAILED);
        first.work();
        first.work();

        assertThat(called).hasSize(2);
        JsonObject result = JsonParser.parseString(called.get(1).job().payload())
                .getAsJsonObject()
                .getAsJsonObject("batch");
        assertThat(result.get("id").getAsString()).isEqualTo(parent);
        assertThat(result.get("nested").getAsInt()).isEqualTo(1);
        assertThat(result.get("nestedFailed").getAsInt()).isEqualTo(1);
    }

    @Test
    void aBatchDoesNotWaitForOneInItThatWasForgotten() {
        String parent = batch();
        String child = batches.create(new Wanted(null, parent, callback()), "ada");
        batches.close(parent, null);
        REDIS.template().delete(BatchMembers.keys(child));
        REDIS.template().opsForZSet().add(BatchMembers.keys(parent).get(1), BatchMembers.NESTED + child, 1);

        open.check();
        first.work();

        assertThat(called).hasSize(1);
        assertThat(batches.read(parent).number(BatchStore.NESTED_FAILED)).isEqualTo(1);
    }

    /** The parent has it, its client does not know of it. */
    @Test
    void aBatchDoesNotWaitForOneInItWhoseCreationFailed() {
        String parent = batches.create(new Wanted(null, null, callback()), null);
        StringRedisTemplate slow = spy(REDIS.template());
        doThrow(new QueryTimeoutException("no reply")).when(slow).expire(anyString(), any(Duration.class));
        assertThatThrownBy(() -> new BatchStore(slow, SETTINGS).create(new Wanted(null, parent, callback()), null))
                .isInstanceOf(QueryTimeoutException.class);
        batches.close(parent, null);
        String child = list.page(null, parent, null, 10).batches().get(0).id();
        String key = BatchMembers.keys(child).get(0);
        assertThat(REDIS.template().getExpire(key)).isBetween(1L, 60L);
        first.work();
        assertThat(called).as("it may be created yet").isEmpty();

        REDIS.template().delete(key); // it has expired
        open.check();
        first.work();
        assertThat(called).hasSize(1);
        Batch now = batches.read(parent);
        assertThat(now.nested()).isZero();
        assertThat(now.succeeded()).isTrue();
    }

    // Pages

    @Test
    void pagesAreNewestFirstAndEachHasTheNext() {
        List<String> ids = new ArrayList<>();
        for (String user : List.of("a", "b", "c", "d", "e")) {
            ids.add(0, batches.create(new Wanted(user, null, null), user));
            REDIS.template().opsForZSet().add(BatchStore.ALL, ids.get(0), ids.size());
        }
        BatchList.Page page = list.page(null, null, null, 2);
        assertThat(page.batches()).extracting(Batch::id).containsExactlyElementsOf(ids.subList(0, 2));
        page = list.page(null, null, page.next(), 2);
        assertThat(page.batches()).extracting(Batch::id).containsExactlyElementsOf(ids.subList(2, 4));
        page = list.page(null, null, page.next(), 2);
        assertThat(page.batches()).extracting(Batch::id).containsExactlyElementsOf(ids.subList(4, 5));
        assertThat(page.next()).isNull();
    }

    private String batch() {
        return batches.create(new Wanted(null, null, callback()), "ada");
    }

    private static BatchCallback callback() {
        return BatchCallback.of("{\"type\":\"default\",\"payload\":{\"name\":\"x\"},\"priority\":\"high\"}");
    }

    private JobTransition submission(String batch, String key, String user) {
        Map<String, String> options = new HashMap<>();
        options.put("batch", batch);
        return submissions.read("default", null, null, key, user, JobOptions.of(options::get));
    }

    /** As the route does it. */
    private Job add(String batch, String key) {
        JobTransition submission = submission(batch, key, "ada");
        return jobs.write(batch == null ? submission : members.admit(submission).join())
                .join()
                .job();
    }

    private JobTransition admitted(String batch, String key) {
        return members.admit(submission(batch, key, "ada")).join();
    }

    private Job start(Job job) {
        Job delivered = Job.create(job.id(), job.type(), null, "w" + System.nanoTime(), 1, 0);
        return jobs.write(JobTransition.started(delivered, "w", Duration.ofMinutes(1)))
                .join()
                .job();
    }

    /** Ends a job that waits, and waits until its batch knows. */
    private void end(Job job, JobState state) {
        Job running = start(job);
        jobs.write(
                        state == JobState.FINISHED
                                ? JobTransition.finished(running, "", RETENTION)
                                : JobTransition.failed(running, new JobError("E", "e"), RETENTION))
                .join();
        String batch = REDIS.hash(job.id()).get("batch");
        if (batch != null) {
            await().until(() -> REDIS.score(BatchMembers.keys(batch).get(1), job.id()) == null);
        }
    }

    private BatchState state(String batch) {
        return batches.read(batch).state();
    }

    private void awaitCounts(String batch, int all, int finished, int failed, int cancelled) {
        await().untilAsserted(() -> assertCounts(batch, all, finished, failed, cancelled));
    }

    private void assertCounts(String batch, int all, int finished, int failed, int cancelled) {
        Batch now = batches.read(batch);
        assertThat(List.of(now.members(), now.number("finished"), now.number("failed"), now.number("cancelled")))
                .containsExactly((long) all, (long) finished, (long) failed, (long) cancelled);
    }
}
