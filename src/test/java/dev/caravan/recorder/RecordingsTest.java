package dev.caravan.recorder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.job.JobState;
import dev.caravan.job.TestRedis;
import dev.caravan.recorder.Recording.Kind;
import dev.caravan.recorder.Recordings.Head;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.dao.DataAccessException;

/** Recordings in Redis. */
@Timeout(120)
class RecordingsTest {
    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private Recordings recordings;

    @BeforeEach
    void open() {
        recordings = new Recordings(REDIS.template(), Recorded.with(Map.of("newest", "3", "retention", "10m")));
    }

    @AfterEach
    void close() {
        recordings.destroy();
    }

    private static JobRecording recording(String job, String type, int attempt, long at) {
        return new JobRecording(
                job,
                type,
                attempt,
                "n1",
                Instant.ofEpochMilli(at),
                5,
                null,
                List.of(),
                List.of(),
                0,
                null,
                null,
                null,
                null);
    }

    private void add(String job, String type, int attempt, long at) {
        recordings.add(recording(job, type, attempt, at));
    }

    private Head head(String job) {
        return recordings.heads(List.of(job)).get(0);
    }

    private String read(String job, int attempt) {
        return recordings.read(List.of(JobRecording.place(job, attempt))).get(0);
    }

    private List<JobRecording> newest(String type) {
        return recordings.newest(JobRecording.group(type), JobRecording.class);
    }

    private void awaitStored(long number) {
        await().until(() -> recordings.stored() == number);
    }

    @Test
    void theRecordingsOfAJobAreFoundForAWhile() {
        REDIS.put("a", Map.of("state", "RETRYING"));
        REDIS.put("other", Map.of("state", "RETRYING"));
        add("a", "t", 2, 1000);
        awaitStored(1);
        JobRecording latest = recording("a", "t", 3, 2000);
        recordings.add(latest);
        awaitStored(2);

        Head head = head("a");
        assertThat(head.isJob()).isTrue();
        assertThat(head.attempts()).containsExactly(2, 3);
        assertThat(recordings.read(List.of(head.place()))).containsExactly(latest.json());
        assertThat(read("a", 2)).contains("\"attempt\":2,");
        assertThat(read("a", 7)).isNull();
        assertThat(head("other")).isEqualTo(new Head("other", JobState.RETRYING, 0, List.of(), null));
        assertThat(recordings.read(List.of(head("other").place()))).containsOnlyNulls();
        for (String key : List.of(Kind.JOB.key + "a", Kind.JOB.index + "t")) {
            assertThat(REDIS.template().getExpire(key)).isBetween(540L, 600L);
        }
    }

    @Test
    void aJobThatIsNotThereOrIsDiscardedHasNone() {
        REDIS.put("gone", Map.of("state", "FAILED", "discarded", "1"));
        add("gone", "t", 2, 1000);
        add("none", "t", 2, 1000);
        awaitStored(2);
        assertThat(head("gone").isJob()).isFalse();
        assertThat(head("none").isJob()).isFalse();
    }

    @Test
    void theNewestOfEachTypeAreKept() {
        for (int i = 1; i <= 10; i++) {
            add("j" + i, "t", 2, i);
        }
        add("k", "u", 2, 1);
        awaitStored(11);
        await().untilAsserted(() -> assertThat(REDIS.template().keys("*"))
                .containsExactlyInAnyOrder(
                        Kind.JOB.index + "t",
                        Kind.JOB.index + "u",
                        Kind.JOB.key + "j8",
                        Kind.JOB.key + "j9",
                        Kind.JOB.key + "j10",
                        Kind.JOB.key + "k"));
        assertThat(REDIS.template().opsForZSet().range(Kind.JOB.index + "t", 0, -1))
                .containsExactly("2:j8", "2:j9", "2:j10");
    }

    @Test
    void thoseOfATypeAreReadNewestFirst() {
        for (int i = 1; i <= 5; i++) {
            add("j" + i, "t", 2, i);
        }
        awaitStored(5);
        await().untilAsserted(() -> assertThat(REDIS.template().keys("*")).hasSize(4));
        assertThat(newest("t")).extracting(JobRecording::jobId).containsExactly("j5", "j4", "j3");
        REDIS.template().delete(Kind.JOB.key + "j4");
        assertThat(newest("t")).extracting(JobRecording::jobId).containsExactly("j5", "j3");
        assertThat(newest("none")).isEmpty();
    }

    @Test
    void theNewestAttemptsOfAJobAreKept() {
        REDIS.put("a:b", Map.of("state", "RETRYING"));
        for (int i = 1; i <= 12; i++) {
            add("a:b", "t", i, i);
        }
        await().untilAsserted(() -> assertThat(head("a:b").attempts()).containsExactly(10, 11, 12));
        assertThat(newest("t")).extracting(JobRecording::attempt).containsExactly(12, 11, 10);
    }

    @Test
    void theNewestOfEachRouteAreKeptBesideThoseOfJobs() {
        for (int i = 1; i <= 5; i++) {
            recordings.add(new RouteRecording(
                    "x" + i, "t", "n1", Instant.ofEpochMilli(i), 5, "no", List.of(), List.of(), 0, true, null));
        }
        add("j", "t", 2, 1);
        awaitStored(6);
        await().untilAsserted(() -> assertThat(REDIS.template().keys("*"))
                .containsExactlyInAnyOrder(
                        Kind.JOB.index + "t",
                        Kind.JOB.key + "j",
                        Kind.ROUTE.index + "t",
                        Kind.ROUTE.key + "x3",
                        Kind.ROUTE.key + "x4",
                        Kind.ROUTE.key + "x5"));
        assertThat(recordings.newest(RouteRecording.group("t"), RouteRecording.class))
                .extracting(RouteRecording::id)
                .containsExactly("x5", "x4", "x3");
        assertThat(recordings.read(List.of(RouteRecording.place("x4"))).get(0)).contains("\"error\":\"no\"");
        assertThat(REDIS.template().getExpire(Kind.ROUTE.key + "x5")).isBetween(540L, 600L);
    }

    @Test
    void aRedisThatIsAwayHoldsNobodyUp() {
        REDIS.stop();
        try {
            for (int i = 0; i < 1000; i++) {
                add("a", "t", 2, 1000);
            }
            await().until(() -> recordings.dropped() == 1000);
        } finally {
            REDIS.start();
        }
        await().ignoreExceptionsInstanceOf(DataAccessException.class).until(() -> {
            add("b", "t", 2, 1000);
            return recordings.stored() > 0;
        });
    }

    @Test
    void whatCameLastIsWrittenWhenTheNodeStops() {
        REDIS.put("a", Map.of("state", "FAILED"));
        add("a", "t", 2, 1000);
        recordings.destroy();
        assertThat(read("a", 2)).contains("\"attempt\":2");
    }
}
