package dev.caravan.job.store;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.anyCollection;
import static org.mockito.Mockito.atMost;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.spy;
import static org.mockito.Mockito.verify;

import dev.caravan.job.TestRedis;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.QueryTimeoutException;

@Timeout(120)
class JobReadsTest {
    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private final JobHashes hashes = spy(new JobHashes(REDIS.template()));
    /** Runs nothing until it is told to. */
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

    private final JobReads reads = new JobReads(hashes, tasks::add);

    private void runAll() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    @AfterEach
    void close() {
        runAll();
        reads.destroy();
    }

    @Test
    void readsThatComeTogetherShareARoundTrip() {
        List<CompletableFuture<Map<String, String>>> all = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            REDIS.template().opsForHash().put("Job:" + i, "id", "" + i);
            all.add(reads.read("" + i));
        }

        runAll();

        for (int i = 0; i < 100; i++) {
            assertThat(all.get(i).join()).isEqualTo(Map.of("id", "" + i));
        }
        verify(hashes, atMost(2)).all(anyCollection());
    }

    @Test
    void whatIsNoJobReadsAsNothingAndSpoilsNoOther() {
        REDIS.template().opsForValue().set("Job:text", "no hash");
        REDIS.template().opsForHash().put("Job:1", "id", "1");
        CompletableFuture<Map<String, String>> text = reads.read("text");
        CompletableFuture<Map<String, String>> missing = reads.read("none");
        CompletableFuture<Map<String, String>> one = reads.read("1");
        CompletableFuture<Map<String, String>> again = reads.read("1");

        runAll();

        assertThat(text.join()).isEmpty();
        assertThat(missing.join()).isEmpty();
        assertThat(one.join()).isEqualTo(again.join()).containsEntry("id", "1");
    }

    @Test
    void aFailureIsOfItsBatchAlone() {
        doThrow(new QueryTimeoutException("Redis is away"))
                .doCallRealMethod()
                .when(hashes)
                .all(anyCollection());
        CompletableFuture<Map<String, String>> lost = reads.read("1");
        runAll();
        CompletableFuture<Map<String, String>> next = reads.read("1");
        runAll();

        assertThatThrownBy(() -> lost.orTimeout(20, SECONDS).join()).hasCauseInstanceOf(DataAccessException.class);
        assertThat(next.join()).isEmpty();
    }

    @Test
    void noMoreWaitThanFit() {
        for (int i = 0; i < 10_000; i++) {
            assertThat(reads.read("1")).isNotDone();
        }

        assertThatThrownBy(() -> reads.read("1").join())
                .hasCauseInstanceOf(DataAccessException.class)
                .hasMessageContaining("10000 reads wait");
    }
}
