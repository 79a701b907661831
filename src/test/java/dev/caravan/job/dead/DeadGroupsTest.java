package dev.caravan.job.dead;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import dev.caravan.http.ServiceUnavailable;
import dev.caravan.job.JobState;
import dev.caravan.job.JobTypes;
import dev.caravan.job.Settings;
import dev.caravan.job.TestRedis;
import dev.caravan.job.dead.DeadGroups.Group;
import dev.caravan.job.dead.DeadGroups.Groups;
import dev.caravan.job.store.JobHashes;
import dev.caravan.job.store.JobIndex;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(120)
class DeadGroupsTest {
    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private static final Executor THREADS = task -> new Thread(task).start();

    private final Instant now = Instant.now();

    @Test
    void theLargestComeFirstWithTheirTimes() {
        failed("a-1", "mail", "no route to 10.0.0.1", Duration.ofHours(30), Map.of());
        failed("a-2", "mail", "no route to 10.0.0.2", Duration.ofMinutes(90), Map.of("errorStep", "send"));
        failed("a-3", "mail", "no route to 10.0.0.3", Duration.ofMinutes(10), Map.of());
        failed("a-4", "mail", "no route to 10.0.0.4", Duration.ofMinutes(5), Map.of());
        failed("b-1", "print", "no route to 10.0.0.4", Duration.ofMinutes(5), Map.of());
        failed("c-1", "mail", "no route to 10.0.0.1", Duration.ofMinutes(1), Map.of("discarded", "ada"));

        Groups all = groups(100).all();

        assertThat(all.partial()).isFalse();
        assertThat(all.jobs()).isEqualTo(6);
        assertThat(all.groups()).extracting(Group::jobs).containsExactly(3L, 1L, 1L);
        Group first = all.groups().get(0);
        assertThat(first.type()).isEqualTo("mail");
        assertThat(first.latest()).isEqualTo("a-4");
        assertThat(first.error().message()).isEqualTo("no route to 10.0.0.4");
        assertThat(Duration.between(first.first(), first.last()))
                .isEqualTo(Duration.ofHours(30).minusMinutes(5));
        assertThat(first.perHour()).hasSize(DeadGroups.HOURS).endsWith(0, 2);
        assertThat(first.perHour().stream().mapToInt(Integer::intValue).sum()).isEqualTo(2);
        assertThat(all.groups())
                .filteredOn(group -> group.error().step() != null)
                .hasSize(1);
    }

    @Test
    void ofTooManyTheNewestOfEachTypeAreRead() {
        for (int i = 0; i < 30; i++) {
            failed("a-" + i, "mail", "all alike", Duration.ofMinutes(60 - i), Map.of());
        }
        failed("b-1", "print", "another one", Duration.ofMinutes(90), Map.of());

        Groups all = groups(10).all();

        assertThat(all.jobs()).isEqualTo(31);
        assertThat(all.partial()).isTrue();
        assertThat(all.groups()).extracting(Group::jobs).containsExactly(9L, 1L);
        assertThat(all.groups().get(0).latest()).isEqualTo("a-29");
        assertThat(all.groups().get(1).latest()).isEqualTo("b-1");
    }

    @Test
    void whoAsksAgainAtOnceGetsTheSame() {
        DeadGroups groups = groups(10);

        await().untilAsserted(() -> assertThat(groups.all()).isSameAs(groups.all())); // within one second
        assertThat(groups.all().groups()).isEmpty();
    }

    @Test
    void whoAsksWhileAnotherRequestReadsThemDoesNotWait() throws InterruptedException {
        BlockingQueue<CountDownLatch> reads = new LinkedBlockingQueue<>();
        JobIndex slow = mock();
        when(slow.typesIn(JobState.FAILED)).thenAnswer(call -> {
            CountDownLatch read = new CountDownLatch(1);
            reads.add(read);
            read.await();
            return Map.of();
        });
        DeadGroups groups = new DeadGroups(REDIS.template(), new JobHashes(REDIS.template()), slow, 10);

        CompletableFuture<Groups> first = CompletableFuture.supplyAsync(groups::all, THREADS);
        CountDownLatch read = reads.take();
        assertThatThrownBy(groups::all).isInstanceOf(ServiceUnavailable.class);
        read.countDown();
        Groups known = first.join();

        await().until(
                        () -> { // after a second
                            CompletableFuture.runAsync(groups::all, THREADS);
                            return !reads.isEmpty();
                        });
        assertThat(groups.all()).isSameAs(known);
        reads.take().countDown();
    }

    private static DeadGroups groups(int most) {
        JobHashes hashes = new JobHashes(REDIS.template());
        JobTypes types = mock();
        return new DeadGroups(
                REDIS.template(), hashes, new JobIndex(REDIS.template(), hashes, types, Settings.defaults()), most);
    }

    private void failed(String id, String type, String message, Duration ago, Map<String, String> more) {
        long time = now.minus(ago).toEpochMilli();
        Map<String, String> hash = new HashMap<>(more);
        hash.putAll(Map.of(
                "state",
                "FAILED",
                "type",
                type,
                "errorType",
                "IOException",
                "errorMessage",
                message,
                "finishedAt",
                Long.toString(time)));
        REDIS.template().opsForHash().putAll(JobHashes.KEY + id, hash);
        REDIS.template().opsForZSet().add(JobIndex.key(JobState.FAILED, type), id, time);
        REDIS.template().opsForSet().add(JobIndex.TYPES, type);
    }
}
