package dev.caravan.recorder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.job.TestRedis;
import dev.caravan.recorder.Recordings.Found;
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
                job, type, attempt, "n1", Instant.ofEpochMilli(at), 5, null, List.of(), List.of(), 0, null, null);
    }

    private void add(String job, String type, int attempt, long at) {
        recordings.add(recording(job, type, attempt, at));
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

        assertThat(recordings.find("a", 0)).isEqualTo(new Found(true, latest.json(), List.of(2, 3)));
        assertThat(recordings.find("a", 2).json()).contains("\"attempt\":2,");
        assertThat(recordings.find("a", 7)).isEqualTo(new Found(true, null, List.of(2, 3)));
        assertThat(recordings.find("other", 0)).isEqualTo(new Found(true, null, List.of()));
        for (String key : List.of(Recordings.KEY + "a", Recordings.INDEX + "t")) {
            assertThat(REDIS.template().getExpire(key)).isBetween(540L, 600L);
        }
    }

    @Test
    void aJobThatIsNotThereOrIsDiscardedHasNone() {
        REDIS.put("gone", Map.of("state", "FAILED", "discarded", "1"));
        add("gone", "t", 2, 1000);
        add("none", "t", 2, 1000);
        awaitStored(2);
        assertThat(recordings.find("gone", 0).isJob()).isFalse();
        assertThat(recordings.find("none", 0).isJob()).isFalse();
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
                        Recordings.INDEX + "t",
                        Recordings.INDEX + "u",
                        Recordings.KEY + "j8",
                        Recordings.KEY + "j9",
                        Recordings.KEY + "j10",
                        Recordings.KEY + "k"));
        assertThat(REDIS.template().opsForZSet().range(Recordings.INDEX + "t", 0, -1))
                .containsExactly("2:j8", "2:j9", "2:j10");
    }

    @Test
    void thoseOfATypeAreReadNewestFirst() {
        for (int i = 1; i <= 5; i++) {
            add("j" + i, "t", 2, i);
        }
        awaitStored(5);
        await().untilAsserted(() -> assertThat(REDIS.template().keys("*")).hasSize(4));
        assertThat(recordings.newest("t")).extracting(JobRecording::jobId).containsExactly("j5", "j4", "j3");
        REDIS.template().delete(Recordings.KEY + "j4");
        assertThat(recordings.newest("t")).extracting(JobRecording::jobId).containsExactly("j5", "j3");
        assertThat(recordings.newest("none")).isEmpty();
    }

    @Test
    void theNewestAttemptsOfAJobAreKept() {
        REDIS.put("a:b", Map.of("state", "RETRYING"));
        for (int i = 1; i <= 12; i++) {
            add("a:b", "t", i, i);
        }
        await().untilAsserted(
                        () -> assertThat(recordings.find("a:b", 0).attempts()).containsExactly(10, 11, 12));
        assertThat(recordings.newest("t")).extracting(JobRecording::attempt).containsExactly(12, 11, 10);
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
        assertThat(recordings.find("a", 0).json()).contains("\"attempt\":2");
    }
}
