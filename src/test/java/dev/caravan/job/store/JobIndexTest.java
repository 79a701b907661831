package dev.caravan.job.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import dev.caravan.job.Job;
import dev.caravan.job.JobError;
import dev.caravan.job.JobState;
import dev.caravan.job.JobTransition;
import dev.caravan.job.JobType;
import dev.caravan.job.JobTypes;
import dev.caravan.job.Settings;
import dev.caravan.job.TestRedis;
import dev.caravan.job.TransitionResult;
import dev.caravan.job.TypeLimits;
import dev.caravan.job.http.JobJson;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.ZSetOperations.TypedTuple;

@Timeout(120)
class JobIndexTest {
    private static final Duration LEASE = Duration.ofSeconds(10);
    private static final Duration RETENTION = Duration.ofHours(1);
    private static final JobError ERROR = new JobError("IOException", "no route");

    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private final JobTypes types = mock();
    private JobStore store;
    private JobIndex index;

    @BeforeEach
    void open() {
        when(types.of(anyString())).thenReturn(JobType.PLAIN);
        store = new JobStore(REDIS.template(), List.of(), Settings.defaults(), REDIS.executor());
        index = new JobIndex(REDIS.template(), new JobHashes(REDIS.template()), types, Settings.defaults());
    }

    @AfterEach
    void close() {
        store.destroy();
    }

    // Moves

    @Test
    void aJobIsInOneSetWhateverBecomesOfIt() {
        write(submitted("1", "hello"));
        assertThat(REDIS.score(JobIndex.key(JobState.QUEUED, "hello"), "1")).isNotNull(); // at once
        assertThat(REDIS.score(JobIndex.idsKey("1"), "1")).isZero();
        assertCounted("1", "hello", JobState.QUEUED);

        Job first = write(started("1", "hello", "w1")).job();
        assertCounted("1", "hello", JobState.RUNNING);

        write(JobTransition.retrying(first, ERROR, Duration.ofMillis(1)));
        assertCounted("1", "hello", JobState.RETRYING);

        write(JobTransition.requeued(new Job("1", "hello", null, "r", JobState.RETRYING, 1, 1, 0, 0)));
        assertCounted("1", "hello", JobState.QUEUED);

        Job second = write(started("1", "hello", "w2")).job();
        Job failed = write(JobTransition.failed(second, ERROR, RETENTION)).job();
        write(JobTransition.buried(failed, RETENTION));
        assertCounted("1", "hello", JobState.FAILED);
    }

    @Test
    void aJobKeepsItsPlaceFromStateToState() {
        write(submitted("1", "hello"));
        Job job = write(started("1", "hello", "w1")).job();
        write(JobTransition.finished(job, "x", RETENTION));
        assertCounted("1", "hello", JobState.FINISHED);

        assertThat(REDIS.score(JobIndex.key(JobState.FINISHED, "hello"), "1").longValue())
                .isEqualTo(Job.number(REDIS.hash("1").get("createdAt")));
    }

    /** As if it was submitted now, so that it counts as lost when its message is. */
    @Test
    void aJobThatIsResumedIsAmongThoseOfItsPriorityUntilItBegins() {
        Job job = write(submitted("1", "hello")).job();
        write(JobTransition.held(job, "paused"));
        assertCounted("1", "hello", JobState.HELD);
        await().untilAsserted(
                        () -> assertThat(REDIS.score(JobIndex.QUEUED, "1")).isNull());

        assertThat(write(JobTransition.resumed(job)).done()).isTrue();
        assertThat(REDIS.score(JobIndex.QUEUED, "1")).isNotNull();
        assertThat(REDIS.score(JobIndex.AGAIN, "1")).isNull();
        assertCounted("1", "hello", JobState.QUEUED);

        write(started("1", "hello", "w"));
        await().untilAsserted(
                        () -> assertThat(REDIS.score(JobIndex.QUEUED, "1")).isNull());
    }

    @Test
    void aLoneMoveIsInTheIndexSoonThoughNoOtherFollows() {
        write(submitted("1", "hello"));
        write(JobTransition.finished(write(started("1", "hello", "w")).job(), "x", RETENTION));

        await().untilAsserted(() -> assertThat(counts("hello")).isEqualTo(Map.of(JobState.FINISHED, 1L)));
    }

    @Test
    void aSubmissionThatIsTakenBackIsWithdrawn() {
        JobTransition submitted = submitted("1", "hello");
        write(submitted);
        store.withdraw(JobTransition.withdrawn(submitted.job(), RETENTION)).join();
        assertCounted("1", "hello", JobState.WITHDRAWN);

        // Its entry was added, and nothing else.
        REDIS.template().opsForZSet().add(JobIndex.key(JobState.QUEUED, "hello"), "2", 1);
        store.withdraw(JobTransition.withdrawn(submitted("2", "hello").job(), RETENTION))
                .join();
        await().untilAsserted(() -> assertThat(counts("hello")).isEqualTo(Map.of(JobState.WITHDRAWN, 2L)));
    }

    @Test
    void aKeyThatComesAgainLeavesItsJobWhereItIs() {
        write(keyed("1", "hello", "print"));
        Job job = write(started("1", "hello", "w")).job();
        assertCounted("1", "hello", JobState.RUNNING);
        write(keyed("1", "hello", "print"));
        assertCounted("1", "hello", JobState.RUNNING);
        write(JobTransition.finished(job, "x", RETENTION));
        write(keyed("1", "hello", "print"));
        assertCounted("1", "hello", JobState.FINISHED);
        store.write(keyed("1", "totals", "another"))
                .exceptionally(refused -> null)
                .join();
        assertCounted("1", "hello", JobState.FINISHED);
    }

    @Test
    void aKeyThatComesAgainWhileItsJobIsQueuedDoesNotMoveIt() {
        write(keyed("1", "hello", "print"));
        write(submitted("next batch", "other")); // with what the first one has left to do
        String key = JobIndex.key(JobState.QUEUED, "hello");
        assertCounted("1", "hello", JobState.QUEUED);
        REDIS.template().opsForZSet().add(key, "1", 1000);

        write(keyed("1", "hello", "print"));
        write(submitted("last batch", "other"));

        assertThat(REDIS.score(key, "1")).isEqualTo(1000);
    }

    @Test
    void aJobThatWasWithdrawnComesAgainAsAnother() {
        JobTransition first = keyed("1", "hello", "print");
        write(first);
        store.withdraw(JobTransition.withdrawn(first.job(), RETENTION)).join();
        assertCounted("1", "hello", JobState.WITHDRAWN);

        write(keyed("1", "totals", "print"));

        assertCounted("1", "totals", JobState.QUEUED);
    }

    @Test
    void jobsOfOtherServicesAreInTheIndexOnceAWorkerHasThem() {
        write(started("1", "hello", "w")); // adopted
        assertCounted("1", "hello", JobState.RUNNING);

        REDIS.put("2", Map.of("id", "2", "status", "1", "type", "Of Theirs!"));
        write(started("2", "hello", "w"));
        await().untilAsserted(() -> assertThat(counts("default")).isEqualTo(Map.of(JobState.RUNNING, 1L)));
        assertThat(REDIS.score(JobIndex.idsKey("2"), "2")).isZero();
        assertThat(REDIS.hash("2")).containsKey("createdAt");
    }

    @Test
    void anAnswerThatWasLostLosesNothing() {
        write(submitted("1", "hello"));
        JobTransition started = started("1", "hello", "w");
        write(started);
        assertCounted("1", "hello", JobState.RUNNING);
        place("1", JobState.QUEUED, "hello");
        REDIS.template().opsForZSet().remove(JobIndex.key(JobState.RUNNING, "hello"), "1");

        assertThat(write(started).changed()).isFalse(); // asked again

        assertCounted("1", "hello", JobState.RUNNING);
    }

    @Test
    void aNodeThatIsLateDoesNotBringAJobBack() {
        write(submitted("1", "hello"));
        SetChanges late = new SetChanges();
        late.follow(
                submitted("1", "hello"),
                new TransitionScript.Reply(
                        moved("1", JobState.QUEUED), "", "default", System.currentTimeMillis(), true, null));
        write(started("1", "hello", "w")); // by another node
        assertCounted("1", "hello", JobState.RUNNING);

        REDIS.template().executePipelined((RedisCallback<Void>) connection -> {
            late.write(connection);
            return null;
        });

        assertCounted("1", "hello", JobState.RUNNING);
    }

    @Test
    void whatCouldNotBeToldIsToldLater() {
        write(submitted("1", "hello"));
        String running = JobIndex.key(JobState.RUNNING, "hello");
        REDIS.template().opsForValue().set(running, "in the way");
        write(started("1", "hello", "w"));
        assertThat(store.write(submitted("2", "hello"))).failsWithin(Duration.ofSeconds(5));
        REDIS.template().delete(running);

        assertCounted("1", "hello", JobState.RUNNING);
    }

    // Counts

    @Test
    void jobsAreCountedByStateAndType() {
        for (int i = 0; i < 5; i++) {
            write(submitted("hello-" + i, "hello"));
        }
        write(started("hello-1", "hello", "w"));
        write(submitted("totals-1", "totals"));

        await().untilAsserted(
                        () -> assertThat(counts("hello")).isEqualTo(Map.of(JobState.QUEUED, 4L, JobState.RUNNING, 1L)));
        assertThat(index.counts("").types()).containsOnlyKeys("hello", "totals");
        assertThat(index.counts("none").types()).containsOnlyKeys("none");
        String json = JobJson.counts(index.counts(""));
        assertThat(json)
                .startsWith(
                        "{\"states\":{\"SCHEDULED\":0,\"QUEUED\":5,\"HELD\":0,\"RUNNING\":1,\"RETRYING\":0,\"FINISHED\":0,\"FAILED\":0,"
                                + "\"CANCELLED\":0,\"WITHDRAWN\":0},\"types\":{\"hello\":{\"SCHEDULED\":0,\"QUEUED\":4,\"HELD\":0,\"RUNNING\":1,")
                .contains("\"at\":\"20");
    }

    // What is put right

    @Test
    void jobsThatHaveExpiredAreForgottenOldestFirst() {
        for (int i = 0; i < 520; i++) {
            place("gone-" + i, JobState.FINISHED, "hello");
        }
        write(JobTransition.finished(running("kept"), "x", RETENTION));

        index.maintain();

        await().untilAsserted(() -> assertThat(counts("hello")).isEqualTo(Map.of(JobState.FINISHED, 1L)));
        assertThat(REDIS.template().keys(JobIndex.IDS + "*")).containsExactly(JobIndex.idsKey("kept"));
    }

    @Test
    void jobsThatHaveExpiredAreForgottenBehindThoseThatAreKeptLonger() {
        for (int i = 0; i < 300; i++) {
            put("kept-" + i, JobState.FINISHED, 1);
            REDIS.template().opsForZSet().add(JobIndex.key(JobState.FINISHED, "hello"), "kept-" + i, i);
            REDIS.template().opsForZSet().add(JobIndex.key(JobState.FINISHED, "hello"), "gone-" + i, 1000 + i);
        }
        REDIS.template().opsForSet().add(JobIndex.TYPES, "hello");

        index.maintain();

        assertThat(counts("hello")).isEqualTo(Map.of(JobState.FINISHED, 300L));
    }

    @Test
    void thousandsThatHaveExpiredBehindThemAreForgottenAtOnce() {
        String key = JobIndex.key(JobState.FINISHED, "hello");
        for (int i = 0; i < 300; i++) {
            put("kept-" + i, JobState.FINISHED, 1);
            REDIS.template().opsForZSet().add(key, "kept-" + i, i);
        }
        REDIS.template()
                .opsForZSet()
                .add(
                        key,
                        IntStream.range(0, 6000)
                                .mapToObj(i -> TypedTuple.of("gone-" + i, 1000.0 + i))
                                .collect(Collectors.toSet()));
        REDIS.template().opsForSet().add(JobIndex.TYPES, "hello");

        index.maintain();

        assertThat(counts("hello")).isEqualTo(Map.of(JobState.FINISHED, 300L));
    }

    @Test
    void jobsOfATypeThatIsKeptForLessTimeAreForgottenSooner() {
        when(types.of("hello"))
                .thenReturn(new JobType(
                        "",
                        null,
                        null,
                        JobType.PLAIN.retry(),
                        Duration.ofMinutes(1),
                        null,
                        null,
                        null,
                        null,
                        List.of(),
                        TypeLimits.NONE));
        double end = System.currentTimeMillis() - Duration.ofMinutes(2).toMillis();
        REDIS.template()
                .opsForZSet()
                .add(
                        JobIndex.key(JobState.FINISHED, "hello"),
                        IntStream.range(0, 6000)
                                .mapToObj(i -> TypedTuple.of("gone-" + i, end - i))
                                .collect(Collectors.toSet()));
        REDIS.template().opsForSet().add(JobIndex.TYPES, "hello");

        index.maintain();

        assertThat(REDIS.template().opsForZSet().zCard(JobIndex.key(JobState.FINISHED, "hello")))
                .isZero();
    }

    @Test
    void aTagIsForgottenWithItsLastJob() {
        put("kept", JobState.FINISHED, 1);
        long old = System.currentTimeMillis() - Duration.ofDays(30).toMillis();
        for (String tag : List.of("mail", "night")) {
            REDIS.template().opsForSet().add(JobIndex.TAGS, tag);
            REDIS.template().opsForZSet().add(JobIndex.TAG + tag, "gone", old);
        }
        REDIS.template().opsForZSet().add(JobIndex.TAG + "mail", "kept", old);

        index.maintain();

        assertThat(REDIS.template().opsForZSet().range(JobIndex.TAG + "mail", 0, -1))
                .containsExactly("kept");
        assertThat(REDIS.template().opsForSet().members(JobIndex.TAGS)).containsExactly("mail");
        assertThat(REDIS.template().hasKey(JobIndex.TAG + "night")).isFalse();
    }

    @Test
    void whatACrashHasLeftIsPutRight() {
        put("finished", JobState.FINISHED, 1);
        place("finished", JobState.RUNNING, "hello");
        put("queued", JobState.QUEUED, 1);
        place("queued", JobState.QUEUED, "hello");
        put("missing", JobState.RUNNING, 1);
        REDIS.template().opsForZSet().add(JobIndex.DUE, "missing", 1);
        place("never stored", JobState.QUEUED, "hello");

        index.maintain();

        assertThat(counts("hello")).isEqualTo(Map.of(JobState.FINISHED, 1L, JobState.QUEUED, 1L, JobState.RUNNING, 1L));
        assertThat(REDIS.score(JobIndex.key(JobState.FINISHED, "hello"), "finished"))
                .isEqualTo(1);
        assertThat(REDIS.score(JobIndex.idsKey("never stored"), "never stored")).isNull();
    }

    @Test
    void aJobThatAnotherServiceHasWorkedKeepsItsPlace() {
        REDIS.put("1", Map.of("id", "1", "status", "0", "message", "Finished", "result", "Success"));
        place("1", JobState.QUEUED, "default");

        index.maintain();

        assertThat(counts("default")).isEqualTo(Map.of(JobState.FINISHED, 1L));
        assertThat(REDIS.score(JobIndex.key(JobState.FINISHED, "default"), "1")).isEqualTo(1);
    }

    @Test
    void whatHasJustMovedIsLeftToTheNodeThatMovesIt() {
        put("1", JobState.FINISHED, System.currentTimeMillis());
        place("1", JobState.RUNNING, "hello");
        REDIS.template().opsForZSet().add(JobIndex.key(JobState.QUEUED, "hello"), "2", System.currentTimeMillis());

        index.maintain();

        assertThat(counts("hello")).isEqualTo(Map.of(JobState.RUNNING, 1L, JobState.QUEUED, 1L));
    }

    @Test
    void manyWrongEntriesArePutRightAFewAtATime() {
        IntStream.range(0, 5000).forEach(i -> place("right-" + i, JobState.FINISHED, "hello"));
        REDIS.template().executePipelined((RedisCallback<Void>) connection -> {
            for (int i = 0; i < 5000; i++) {
                connection
                        .hashCommands()
                        .hMSet(
                                ("Job:right-" + i).getBytes(),
                                Map.of(
                                        "state".getBytes(),
                                        "FINISHED".getBytes(),
                                        "type".getBytes(),
                                        "hello".getBytes()));
            }
            return null;
        });
        place("wrong", JobState.FINISHED, "hello");
        REDIS.template().opsForZSet().add(JobIndex.key(JobState.FINISHED, "hello"), "wrong", Long.MAX_VALUE);
        put("wrong", JobState.FAILED, 1);

        index.maintain();
        assertThat(counts("hello")).containsEntry(JobState.FINISHED, 5001L);
        index.maintain();
        index.maintain();

        assertThat(counts("hello")).isEqualTo(Map.of(JobState.FINISHED, 5000L, JobState.FAILED, 1L));
    }

    @Test
    void aTypeWithoutJobsIsForgotten() {
        place("gone", JobState.FINISHED, "old");
        write(submitted("1", "hello"));

        index.maintain();
        index.maintain();

        assertThat(REDIS.template().opsForSet().members(JobIndex.TYPES)).isEqualTo(Set.of("hello"));
        assertThat(index.counts("").types()).containsOnlyKeys("hello");
    }

    @Test
    void anEmptyIndexStaysEmpty() {
        index.maintain();
        assertThat(REDIS.template().keys("*")).isEmpty();
    }

    /** In this set, in no other, and by its id. */
    private void assertCounted(String id, String type, JobState state) {
        await().untilAsserted(() -> {
            assertThat(REDIS.template().keys(JobIndex.IN + "*").stream().filter(key -> REDIS.score(key, id) != null))
                    .containsExactly(JobIndex.key(state, type));
            assertThat(REDIS.template().opsForSet().members(JobIndex.TYPES)).contains(type);
            assertThat(REDIS.score(JobIndex.idsKey(id), id)).isZero();
        });
    }

    private Map<JobState, Long> counts(String type) {
        Map<JobState, Long> some =
                new LinkedHashMap<>(index.counts(type).types().get(type));
        some.values().removeIf(count -> count == 0);
        return some;
    }

    private static void place(String id, JobState state, String type) {
        REDIS.template().opsForSet().add(JobIndex.TYPES, type);
        REDIS.template().opsForZSet().add(JobIndex.key(state, type), id, 1);
        REDIS.template().opsForZSet().add(JobIndex.idsKey(id), id, 0);
    }

    private static void put(String id, JobState state, long updatedAt) {
        REDIS.put(
                id,
                Map.of(
                        "state",
                        state.name(),
                        "type",
                        "hello",
                        "createdAt",
                        "1",
                        "updatedAt",
                        Long.toString(updatedAt)));
    }

    private Job running(String id) {
        write(submitted(id, "hello"));
        return write(started(id, "hello", "w")).job();
    }

    private TransitionResult write(JobTransition move) {
        return store.write(move).join();
    }

    private static JobTransition submitted(String id, String type) {
        return JobTransition.submitted(Job.create(id, type, null, "s-" + id), null, RETENTION);
    }

    private static JobTransition keyed(String id, String type, String print) {
        return JobTransition.submitted(Job.create(id, type, null, "s" + System.nanoTime()), print, RETENTION);
    }

    private static JobTransition started(String id, String type, String token) {
        return JobTransition.started(Job.create(id, type, null, token), "node-1", LEASE);
    }

    private static TransitionResult moved(String id, JobState state) {
        Job job = new Job(id, "hello", null, "w", state, 0, 0, 0, 0);
        return new TransitionResult(
                true, job, JobState.NEW, 0, 0, "", true, false, false, Duration.ZERO, Duration.ZERO);
    }
}
