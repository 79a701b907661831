package dev.caravan.job.updates;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyCollection;
import static org.mockito.ArgumentMatchers.argThat;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import dev.caravan.job.store.JobHashes;
import dev.caravan.job.updates.JobUpdates.Detail;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@Timeout(120)
@ExtendWith(OutputCaptureExtension.class)
class JobUpdatesTest {
    private static final Map<String, String> FINISHED = Map.of("state", "FINISHED");

    private final JobHashes hashes = mock();
    private final JobUpdates updates = new JobUpdates(hashes);

    @AfterEach
    void stop() {
        updates.destroy();
    }

    private void everyJobIsFinished() {
        when(hashes.fields(anyCollection(), any(Function.class)))
                .thenAnswer(call -> call.<List<String>>getArgument(0).stream()
                        .map(id -> FINISHED)
                        .toList());
    }

    @Test
    void aReadForManyRoomsDelaysNobodyWhoWaits() {
        everyJobIsFinished();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        when(hashes.fields(argThat(ids -> ids != null && ids.contains("slow")), eq(JobHistory.FIELDS)))
                .thenAnswer(call -> {
                    begun.countDown();
                    end.await();
                    return List.of(FINISHED);
                });
        CompletableFuture<?> rooms =
                CompletableFuture.supplyAsync(() -> new JobRooms(hashes).updates(Map.of("jobs/slow", 1)));
        await().until(() -> begun.getCount() == 0);

        CompletableFuture<JobHistory> waiting = new CompletableFuture<>();
        updates.watch("a", Detail.STATE, waiting::complete);
        await().until(waiting::isDone);
        assertThat(rooms).isNotDone();

        end.countDown();
        assertThat(rooms).succeedsWithin(Duration.ofSeconds(30));
    }

    @Test
    void aWatcherThatFailsIsNamedAndTheOthersGetTheirUpdates(CapturedOutput output) {
        everyJobIsFinished();
        CompletableFuture<JobHistory> sameJob = new CompletableFuture<>();
        CompletableFuture<JobHistory> otherJob = new CompletableFuture<>();
        updates.watch("a", Detail.STATE, history -> {
            throw new IllegalStateException("a fault of the watcher");
        });
        updates.watch("a", Detail.STATE, sameJob::complete);
        updates.watch("b", Detail.STATE, otherJob::complete);

        await().until(() -> sameJob.isDone() && otherJob.isDone());
        await().until(() -> output.getAll().contains("Job a: a watcher failed"));
        assertThat(output).contains("a fault of the watcher").doesNotContain("Redis did not respond");
    }
}
