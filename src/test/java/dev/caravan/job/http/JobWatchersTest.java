package dev.caravan.job.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.http.EventStream;
import dev.caravan.job.TestRedis;
import dev.caravan.job.store.JobHashes;
import dev.caravan.job.updates.JobUpdates;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.test.util.ReflectionTestUtils;

@Timeout(120)
class JobWatchersTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private final JobUpdates updates = new JobUpdates(new JobHashes(REDIS.template()));
    private final JobWatchers watchers = new JobWatchers(updates);
    private final AtomicInteger ended = new AtomicInteger();

    @AfterEach
    void close() {
        updates.destroy();
    }

    private EventStream follow(String id) {
        EventStream stream = watchers.watch(id, 0);
        stream.onEnd(ended::incrementAndGet);
        return stream;
    }

    private static void put(String id, String state) {
        REDIS.put(id, Map.of("state", state));
    }

    @Test
    void theEndOfTheJobIsTheEndForAllWhoFollow() {
        put("1", "RUNNING");
        put("2", "RUNNING");
        follow("1");
        follow("1");
        EventStream other = follow("2");
        await().during(Duration.ofMillis(300)).atMost(SOON).until(() -> ended.get() == 0);

        put("1", "FINISHED");

        await().atMost(SOON).until(() -> ended.get() == 2);
        other.end();
        assertNothingIsLeft();
    }

    @Test
    void aJobThatIsGoneIsNotFollowedForEver() {
        put("1", "RUNNING");
        follow("1");
        REDIS.template().delete("Job:1");
        await().atMost(SOON).until(() -> ended.get() == 1);
        assertNothingIsLeft();
    }

    @Test
    void whoGoesLeavesNothingBehind() {
        put("1", "RUNNING");
        for (int i = 0; i < 100; i++) {
            follow("1").end();
        }
        assertNothingIsLeft();
    }

    @Test
    void whatEndsWhileRedisIsAwayIsSeenWhenItIsBack() {
        put("1", "RUNNING");
        follow("1");
        REDIS.stop();
        try {
            await().during(Duration.ofMillis(500)).atMost(SOON).until(() -> ended.get() == 0);
        } finally {
            REDIS.start();
        }
        put("1", "FAILED");
        await().atMost(SOON).until(() -> ended.get() == 1);
    }

    private void assertNothingIsLeft() {
        assertThat((Map<?, ?>) ReflectionTestUtils.getField(updates, "watches")).isEmpty();
    }
}
