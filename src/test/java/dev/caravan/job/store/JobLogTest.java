package dev.caravan.job.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.job.JobState;
import dev.caravan.job.LogLine;
import dev.caravan.job.Settings;
import dev.caravan.job.TestRedis;
import dev.caravan.job.store.JobLogReads.Page;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The lines that are kept of what handlers log. */
@Timeout(120)
class JobLogTest {
    private static final Duration KEPT = Duration.ofMinutes(10);

    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private JobLog log;
    private JobLogReads reads;

    @BeforeEach
    void open() {
        log = new JobLog(REDIS.template(), Settings.with(Map.of("log-lines", "300", "log-size", "4KB")));
        reads = new JobLogReads(REDIS.template(), REDIS.executor());
    }

    @AfterEach
    void close() {
        log.destroy();
        reads.destroy();
    }

    private void add(String job, int attempt, String text) {
        log.add(job, KEPT, new LogLine(1000, "INFO", attempt, text));
    }

    private Page read(String id, long after) {
        return reads.read(id, after).join();
    }

    private List<String> texts(String id) {
        return read(id, 0).lines().stream().map(LogLine::text).toList();
    }

    private void awaitStored(int lines) {
        await().until(() -> log.stored() >= lines);
    }

    @Test
    void linesAreKeptInTheirOrderWithAllThatIsKnownOfThem() {
        REDIS.put("a", Map.of("state", "RUNNING"));
        add("a", 1, "one");
        awaitStored(1);
        add("a", 2, "two\nthree ü");
        add("b", 1, "other");
        awaitStored(3);

        Page page = read("a", 0);
        assertThat(page.state()).isEqualTo(JobState.RUNNING);
        assertThat(page.lines())
                .containsExactly(
                        new LogLine(1, 1000, "INFO", 1, "one"), new LogLine(2, 1000, "INFO", 2, "two\nthree ü"));
        assertThat(read("a", 1).lines()).extracting(LogLine::number).containsExactly(2L);
        assertThat(read("a", 2).lines()).isEmpty();
        assertThat(read("b", 0).state()).isEqualTo(JobState.NEW);
        REDIS.put("discarded", Map.of("state", "FAILED", "discarded", "1"));
        assertThat(read("discarded", 0).state()).isEqualTo(JobState.NEW);
        assertThat(REDIS.template().getExpire(JobLog.KEY + "a")).isBetween(KEPT.toSeconds() - 60, KEPT.toSeconds());
    }

    @Test
    void aJobThatLogsNothingHasNoKey() {
        assertThat(read("a", 0).lines()).isEmpty();
        assertThat(REDIS.template().keys("*")).isEmpty();
    }

    @Test
    void theLatestLinesAreKeptAndTheirNumbersTellThatOthersWere() {
        for (int i = 1; i <= 1000; i++) {
            int before = i;
            add("a", 1, Integer.toString(i));
            if (i % 50 == 0) {
                await().until(() -> log.stored() + log.dropped() >= before);
            }
        }
        awaitStored(1);

        assertThat(read("a", 0).lines())
                .extracting(LogLine::number)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(701, 1000).boxed().toList());
        assertThat(texts("a")).startsWith("701").endsWith("1000");
    }

    @Test
    void aFloodLeavesItsLatestLinesAndANumberOfThoseThatAreMissing() {
        String line = "x".repeat(10);
        for (int i = 1; i <= 20_000; i++) {
            add("a", 1, line);
        }
        add("a", 1, "last");
        await().until(() -> log.stored() + log.dropped() == 20_001);

        List<LogLine> lines = read("a", 0).lines();
        assertThat(lines).hasSizeLessThanOrEqualTo(300);
        assertThat(lines.get(lines.size() - 1)).isEqualTo(new LogLine(20_001, 1000, "INFO", 1, "last"));
        assertThat(log.dropped()).isPositive();
    }

    @Test
    void largeLinesAreCutAndFewOfThemKept() {
        String large = "y".repeat(LogLine.LONGEST + 500);
        for (int i = 0; i < 10; i++) {
            add("a", 1, i + large);
        }
        awaitStored(10);

        assertThat(texts("a"))
                .hasSizeBetween(1, 2)
                .allSatisfy(text -> assertThat(text).hasSize(LogLine.LONGEST).endsWith("…"));
        assertThat(texts("a")).last().asString().startsWith("9y");
    }

    @Test
    void aRedisThatIsAwayFailsNobodyAndTheNextLinesTell() {
        add("a", 1, "before");
        awaitStored(1);
        REDIS.stop();
        add("a", 1, "lost");
        await().until(() -> log.dropped() == 1);
        REDIS.start();
        await().ignoreExceptionsInstanceOf(CompletionException.class).untilAsserted(() -> {
            add("a", 1, "after");
            assertThat(texts("a")).isNotEmpty().doesNotContain("lost");
        });
    }

    @Test
    void whatWasLoggedLastIsWrittenWhenTheNodeStops() {
        add("a", 1, "one");
        add("a", 1, "two");
        log.destroy();
        assertThat(texts("a")).containsExactly("one", "two");
    }
}
