package dev.caravan.job.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import dev.caravan.component.rabbitmq.ConfirmedPublisher;
import dev.caravan.job.JobSubmissions;
import dev.caravan.job.JobTransition;
import dev.caravan.job.JobTypes;
import dev.caravan.job.ScheduleResult;
import dev.caravan.job.ScheduleResult.Kind;
import dev.caravan.job.Settings;
import dev.caravan.job.TestRedis;
import dev.caravan.job.TransitionResult;
import dev.caravan.job.schedule.ScheduleStore.Entry;
import dev.caravan.job.schedule.ScheduleStore.Put;
import dev.caravan.job.store.JobHashes;
import dev.caravan.job.store.JobStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.amqp.AmqpException;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

/** Several nodes on one Redis: whatever becomes of any of them, each firing is one job. */
@Timeout(120)
class ScheduleFiringsTest {
    private static final String HASH = ScheduleStore.INDEX + ":nightly";
    private static final long SECOND = 1000;

    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private final ScheduleStore schedules = new ScheduleStore(REDIS.template());
    /** Those of all nodes. */
    private final List<TransitionResult> stored = new ArrayList<>();

    private final List<ScheduleResult> results = new ArrayList<>();
    private JobStore jobs;

    /** A node: it submits as its routes do. */
    private final class Node {
        private final FileSchedules files = new FileSchedules(schedules);
        private final ConfirmedPublisher publisher = mock();
        private final ScheduleFirings firings = new ScheduleFirings(
                schedules,
                files,
                new JobSubmissions(Settings.defaults(), new JobTypes(new DefaultCamelContext())),
                new JobHashes(REDIS.template()),
                jobs,
                publisher,
                List.of((Consumer<ScheduleResult>) results::add),
                Settings.defaults());

        private Node() {
            when(publisher.isAvailable()).thenReturn(true);
        }

        private void work() {
            for (List<Firing> due = firings.due(); !due.isEmpty(); due = firings.due()) {
                due.forEach(this::submit);
            }
        }

        private void submit(Firing firing) {
            try {
                firings.submitted(firing, store(firing));
            } catch (Exception e) {
                firings.failed(firing, e, null);
            }
        }

        private String store(Firing firing) throws Exception {
            JobTransition submission = firings.submission(firing);
            stored.add(jobs.write(submission).join());
            return submission.job().id();
        }
    }

    private Node first;
    private Node second;
    private Node third;

    @BeforeEach
    void open() {
        jobs = new JobStore(REDIS.template(), List.of(), Settings.defaults(), REDIS.executor());
        first = new Node();
        second = new Node();
        third = new Node();
    }

    @AfterEach
    void close() {
        jobs.destroy();
    }

    private Schedule put(String... options) {
        Schedule schedule = ScheduleTest.schedule(options);
        assertThat(schedules.put(schedule, "{\"a\":1}", false)).isEqualTo(Put.CREATED);
        return schedule;
    }

    private Map<String, String> hash() {
        return REDIS.template().<String, String>opsForHash().entries(HASH);
    }

    private void set(String field, Object value) {
        REDIS.template().opsForHash().put(HASH, field, value.toString());
    }

    /** Its next firing is so long ago, or to come; now somebody has to look. */
    private long turnBack(Schedule schedule, Duration age) {
        long next = schedule.next(schedules.now() - age.toMillis());
        set("next", next);
        look();
        return next;
    }

    private void look() {
        REDIS.template().opsForZSet().add(ScheduleStore.INDEX, "nightly", 0);
    }

    private void endLease() {
        set("takenUntil", 0);
        look();
    }

    private List<FiringLine> lines() {
        return FiringLine.all(hash().get("results"));
    }

    private List<String> ids() {
        return stored.stream()
                .filter(TransitionResult::changed)
                .map(each -> each.job().id())
                .toList();
    }

    private static List<String> idsOf(Schedule schedule, long from, long to) {
        return LongStream.iterate(from, at -> at <= to, schedule::next)
                .mapToObj(at -> new Firing(schedule, at, false).jobId())
                .toList();
    }

    @Test
    void eachFiringIsOneJobThoughANodeDiesWhileItHasOne() {
        Schedule schedule = put("every", "1s", "overlap", "allow");
        long from = turnBack(schedule, Duration.ofSeconds(4));

        assertThat(first.firings.due()).extracting(Firing::time).containsExactly(from); // and it dies

        second.work();
        third.work();
        assertThat(stored).as("while the lease lasts").isEmpty();
        endLease();
        second.work();
        third.work();
        long to = Long.parseLong(hash().get("last"));
        assertThat(ids()).containsExactlyElementsOf(idsOf(schedule, from, to)).hasSizeGreaterThanOrEqualTo(4);
        assertThat(REDIS.hash(ids().get(0))).containsEntry("type", "report").containsEntry("payload", "{\"a\":1}");

        await().until(() -> {
            second.work();
            third.work();
            return Long.parseLong(hash().get("last")) > to;
        });
        assertThat(ids()).containsExactlyElementsOf(idsOf(schedule, from, Long.parseLong(hash().get("last"))));
        assertThat(results).extracting(ScheduleResult::kind).containsOnly(Kind.SUBMITTED);
        assertThat(lines()).extracting(FiringLine::jobId).isSubsetOf(ids()).doesNotHaveDuplicates();
    }

    @Test
    void aNodeThatDiesAfterItHasSubmittedLeavesNoSecondJob() throws Exception {
        Schedule schedule = put("every", "1h", "missed", "skip", "grace", "2h");
        long firing = turnBack(schedule, Duration.ofHours(1));
        set("decided", firing); // it took it in time
        Firing taken = new Firing(schedule, firing, false);
        String id = first.store(taken);

        second.work();

        assertThat(stored).extracting(TransitionResult::changed).containsExactly(true, false);
        assertThat(lines()).extracting(FiringLine::kind).containsExactly(Kind.SUBMITTED);
        first.firings.submitted(taken, id); // it was only slow
        assertThat(lines()).hasSize(1);
        assertThat(results).hasSize(1);
        assertThat(hash()).containsEntry("next", Long.toString(schedule.next(firing)));
    }

    @Test
    void aFiringWhoseSubmissionIsUnknownIsSubmittedAgainHere() throws Exception {
        Schedule schedule = put("every", "1h");
        long firing = turnBack(schedule, Duration.ofHours(1));
        Firing taken = first.firings.due().get(0);
        first.store(taken);
        endLease();
        assertThat(first.firings.due()).as("under way").isEmpty();
        first.firings.failed(taken, new AmqpException("not confirmed"), null);
        look();
        first.work();
        assertThat(stored).extracting(TransitionResult::changed).containsExactly(true, false);
        assertThat(hash()).containsEntry("last", Long.toString(firing));
    }

    @Test
    void aJobMayHaveNoPayload() {
        Schedule schedule = ScheduleTest.schedule("every", "1h");
        schedules.put(schedule, null, false);
        turnBack(schedule, Duration.ofHours(1));
        first.work();
        assertThat(REDIS.hash(ids().get(0))).containsEntry("state", "QUEUED").doesNotContainKey("payload");
    }

    @Test
    void oneThatWasFiredIsNotFiredAgainWhenItsJobIsForgotten() {
        Schedule schedule = put("every", "1h");
        long firing = turnBack(schedule, Duration.ofHours(1));
        first.work();
        REDIS.template().delete("Job:" + ids().get(0));
        look();
        second.work();
        assertThat(stored).hasSize(1);
        assertThat(hash()).containsEntry("last", Long.toString(firing));
    }

    @Test
    void afterAnOutageThePolicyDecides() {
        Schedule schedule = put("every", "1m", "missed", "one", "overlap", "allow");
        long missed = turnBack(schedule, Duration.ofMinutes(30));
        when(first.publisher.isAvailable()).thenReturn(false);
        first.work();
        assertThat(stored).as("the broker is away, too").isEmpty();

        second.work();

        assertThat(results.get(0).kind()).isEqualTo(Kind.MISSED);
        assertThat(results.get(0).firings()).isBetween(28, 29);
        assertThat(lines().get(lines().size() - 1).time()).isEqualTo(missed);
        assertThat(ids()).hasSizeBetween(1, 2);
    }

    @Test
    void oneWhoseLastJobRunsIsDropped() {
        Schedule schedule = put("every", "1h");
        turnBack(schedule, Duration.ofMinutes(59));
        set("lastJob", "busy");
        REDIS.put("busy", Map.of("state", "RUNNING"));
        long firing = schedule.next(schedules.now() - 3600 * SECOND);
        set("next", firing);
        set("decided", firing);
        first.work();
        assertThat(stored).isEmpty();
        assertThat(lines()).extracting(FiringLine::kind).containsExactly(Kind.OVERLAPPED);
        assertThat(hash()).containsEntry("next", Long.toString(schedule.next(firing)));
    }

    @Test
    void oneThatIsQueuedWaitsForTheLastJobAndGivesWayToTheNext() {
        Schedule schedule = put("every", "1h", "overlap", "queue", "missed", "skip", "grace", "1s");
        long firing = turnBack(schedule, Duration.ofHours(1));
        set("lastJob", "busy");
        set("decided", firing);
        set("waiting", 1);
        REDIS.put("busy", Map.of("state", "RUNNING"));
        first.work();
        assertThat(lines()).isEmpty();
        assertThat(hash()).containsEntry("waiting", "1").containsEntry("next", Long.toString(firing));

        long before = firing - 3600 * SECOND;
        set("next", before);
        set("decided", before);
        look();
        first.work();
        assertThat(lines()).extracting(FiringLine::time).containsExactly(before);
        assertThat(lines()).extracting(FiringLine::kind).containsExactly(Kind.OVERLAPPED);

        set("decided", firing);
        set("next", firing);
        set("waiting", 1);
        look();
        REDIS.put("busy", Map.of("state", "FINISHED"));
        first.work();
        assertThat(ids()).containsExactly(new Firing(schedule, firing, false).jobId());
    }

    @Test
    void theLastJobIsCancelledAndTheNextWaitsForItsEnd() {
        Schedule schedule = put("every", "1h", "overlap", "cancel");
        long firing = turnBack(schedule, Duration.ofHours(1));
        set("lastJob", "busy");
        set("decided", firing);
        REDIS.put("busy", Map.of("state", "RUNNING", "attempt", "1"));

        first.work();
        await().until(() -> "schedule nightly".equals(REDIS.hash("busy").get("cancelledBy")));
        assertThat(stored).isEmpty();
        assertThat(hash()).containsEntry("waiting", "1");

        REDIS.put("busy", Map.of("state", "CANCELLED"));
        look();
        first.work();
        assertThat(ids()).containsExactly(new Firing(schedule, firing, false).jobId());
    }

    @Test
    void aRouteThatFailsIsTriedAgainUntilTheNextIsDue() {
        Schedule schedule = ScheduleTest.schedule("every", "1h", "overlap", "allow");
        List<Exception> failures = new ArrayList<>(List.of(
                new IllegalStateException("no report"),
                new ResponseStatusException(HttpStatus.BAD_REQUEST, "again"),
                new AmqpException("away")));
        first.files.add(schedule, firing -> {
            if (!failures.isEmpty()) {
                throw failures.remove(0);
            }
            return "{\"at\":" + firing.time() + "}";
        });
        first.files.announce();
        second.work(); // it has no such file
        long firing = turnBack(schedule, Duration.ofHours(1));
        set("decided", firing);
        second.work();
        first.work();
        assertThat(stored).isEmpty();
        assertThat(hash())
                .containsEntry("tries", "1")
                .containsEntry("error", "java.lang.IllegalStateException: no report");
        look();
        first.work();
        assertThat(hash()).containsEntry("tries", "2").containsEntry("error", "again");
        look();
        first.work(); // the broker is away
        assertThat(hash()).containsEntry("tries", "2").containsEntry("error", "");
        look();
        first.work();
        assertThat(REDIS.hash(ids().get(0))).containsEntry("payload", "{\"at\":" + firing + "}");
        assertThat(hash()).doesNotContainKeys("tries", "error", "decided");

        set("next", firing - 3600 * SECOND);
        set("decided", firing - 3600 * SECOND);
        set("error", "no report");
        look();
        first.work();
        assertThat(lines().get(1))
                .extracting(FiringLine::time, FiringLine::kind, FiringLine::error)
                .containsExactly(firing - 3600 * SECOND, Kind.FAILED, "no report");
        assertThat(lines().get(0)).extracting(FiringLine::time).isEqualTo(firing);
    }

    @Test
    void aFileIsThereWhileANodeHasIt() {
        Schedule schedule = ScheduleTest.schedule("every", "1h");
        first.files.add(schedule, firing -> null);
        first.files.announce();
        assertThat(schedules.all()).containsOnlyKeys("nightly");
        assertThat(schedules.put(schedule, null, false)).isEqualTo(Put.OF_A_FILE);

        Schedule other = ScheduleTest.schedule("every", "2h");
        second.files.add(other, firing -> null);
        second.files.announce();
        assertThat(schedules.read("nightly").schedule()).isEqualTo(other);
        first.files.announce();
        assertThat(first.files.get("nightly")).as("it has started before").isNull();
        assertThat(schedules.read("nightly").schedule()).isEqualTo(other);

        set("announced", schedules.now() - 7 * SECOND);
        assertThat(schedules.read("nightly")).isNull();
        long next = turnBack(other, Duration.ofMinutes(30));
        third.work();
        assertThat(REDIS.score(ScheduleStore.INDEX, "nightly")).isNull();
        second.files.announce();
        assertThat(hash()).as("it goes on where it was").containsEntry("next", Long.toString(next));
        assertThat(REDIS.score(ScheduleStore.INDEX, "nightly")).isNotNull();

        set("announced", schedules.now() - 7 * SECOND);
        assertThat(schedules.put(schedule, null, false)).isEqualTo(Put.CREATED);
        assertThat(schedules.read("nightly").isOfFile()).isFalse();
        second.files.announce();
        assertThat(schedules.read("nightly").isOfFile()).isTrue();
    }

    @Test
    void whatIsPausedDoesNotFireAndMissesNothing() {
        Schedule schedule = put("every", "1h");
        assertThat(schedules.pause("nightly")).isTrue();
        turnBack(schedule, Duration.ofHours(1));
        set("decided", hash().get("next"));
        first.work();
        assertThat(stored).isEmpty();

        assertThat(schedules.resume(schedule)).isTrue();
        look();
        first.work();
        assertThat(stored).isEmpty();
        assertThat(lines()).isEmpty();
        assertThat(schedules.read("nightly")).extracting(Entry::isPaused).isEqualTo(false);
        assertThat(Long.parseLong(hash().get("next"))).isGreaterThan(schedules.now());

        assertThat(schedules.delete("nightly")).isTrue();
        assertThatIllegalStateException() // a firing that was taken before makes no job without its payload
                .isThrownBy(() -> schedules.payload("nightly"));
        assertThat(schedules.delete("nightly")).isFalse();
        assertThat(schedules.pause("nightly")).isFalse();
        assertThat(schedules.resume(schedule)).isFalse();
        schedules.record("nightly", "{}");
        assertThat(hash()).isEmpty();
    }

    @Test
    void anEditOfWhatIsSubmittedLosesNoFiring() {
        Schedule schedule = put("every", "1h");
        long firing = turnBack(schedule, Duration.ofHours(1));
        assertThat(schedules.put(ScheduleTest.schedule("every", "60m", "type", "other"), "{}", false))
                .isEqualTo(Put.REPLACED);
        assertThat(hash()).containsEntry("next", Long.toString(firing));
        assertThat(schedules.put(ScheduleTest.schedule("every", "2h"), "{}", false))
                .isEqualTo(Put.REPLACED);
        assertThat(Long.parseLong(hash().get("next"))).isGreaterThan(schedules.now());
    }

    @Test
    void thereIsAnEndToSchedulesAndToTheirResults() {
        for (int i = 0; i < ScheduleStore.MOST; i++) {
            REDIS.template().opsForZSet().add(ScheduleStore.INDEX, "name-" + i, 1e15);
        }
        assertThat(schedules.put(ScheduleTest.schedule("every", "1h"), null, false))
                .isEqualTo(Put.TOO_MANY);
        REDIS.template().delete(ScheduleStore.INDEX);
        put("every", "1h");
        for (int i = 0; i < 12; i++) {
            schedules.record("nightly", FiringLine.of(i, i, Kind.RUN, 1, "id", ""));
        }
        assertThat(lines()).hasSize(10).first().extracting(FiringLine::time).isEqualTo(11L);
    }
}
