package dev.caravan.job.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import dev.caravan.job.Job;
import dev.caravan.job.JobMessages;
import dev.caravan.job.JobPriority;
import dev.caravan.job.JobSettings;
import dev.caravan.job.JobState;
import dev.caravan.job.JobTransition;
import dev.caravan.job.Settings;
import dev.caravan.job.TransitionResult;
import dev.caravan.job.TypeLimits;
import dev.caravan.job.limit.ReleasedJobs.Messages;
import dev.caravan.job.store.JobStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessResourceFailureException;

class ReleasedJobsTest {
    private final JobStore store = mock();
    private final PausedTypes paused = mock();
    private final JobSettings settings = Settings.defaults();
    private final ReleasedJobs jobs = new ReleasedJobs(store, new JobMessages(settings), paused, settings);
    /** What the store replies when the test lets it, by the id of the job. */
    private final Map<String, CompletableFuture<TransitionResult>> replies = new HashMap<>();

    private final List<JobTransition> moves = new ArrayList<>();

    @BeforeEach
    void playTheStore() {
        when(paused.limits("invoice")).thenReturn(TypeLimits.NONE);
        when(paused.limits("limited")).thenReturn(TypeLimits.NONE.paused());
        when(store.write(any())).thenAnswer(call -> {
            JobTransition move = call.getArgument(0);
            moves.add(move);
            return replies.computeIfAbsent(move.job().id(), id -> new CompletableFuture<>());
        });
    }

    @Test
    void theMessagesComeInTheOrderOfTheJobsWhenAllAreQueued() {
        CompletableFuture<List<Messages>> messages = jobs.queue(List.of(held("a"), held("b"), held("c")));

        Stream.of("c", "b", "a").forEach(id -> {
            assertThat(messages).isNotDone();
            replies.get(id).complete(reply(id, JobState.QUEUED));
        });

        assertThat(messages.join()).extracting(Messages::queue).containsExactly(settings.queue());
        assertThat(messages.join().get(0).texts())
                .satisfiesExactly(
                        first -> assertThat(first).contains("\"jobId\":\"a\"", "\"payload\":{\"n\":1}"),
                        second -> assertThat(second).contains("\"b\""),
                        third -> assertThat(third).contains("\"c\""));
    }

    @Test
    void oneThatWasCancelledOrNotStoredHasNoMessageAndHoldsUpNoOther() {
        CompletableFuture<List<Messages>> messages =
                jobs.queue(List.of(held("cancelled"), held("lost"), held("runs"), held("retries"), held("next")));

        replies.get("cancelled").complete(reply("cancelled", JobState.CANCELLED));
        replies.get("lost").completeExceptionally(new DataAccessResourceFailureException("Redis is away"));
        replies.get("runs").complete(reply("runs", JobState.RUNNING));
        replies.get("retries").complete(reply("retries", JobState.RETRYING));
        replies.get("next").complete(reply("next", JobState.QUEUED));

        assertThat(messages.join().get(0).texts())
                .satisfiesExactly(retries -> assertThat(retries).contains("retries"), next -> assertThat(next)
                        .contains("next"));
    }

    /** What runs again, and what has a slot, is not behind all jobs of a type that was paused. */
    @Test
    void onlyWhatHasASlotOrHasRunGoesOnTheQueueThatWorkersTakeFromFirst() {
        CompletableFuture<List<Messages>> messages = jobs.queue(List.of(
                held("as new"),
                job("low", "invoice", JobState.HELD, 0, JobPriority.LOW),
                job("slot", "limited", JobState.HELD, 0, JobPriority.LOW),
                job("retry", "invoice", JobState.HELD, 1, JobPriority.NORMAL),
                job("parked", "invoice", JobState.RETRYING, 0, JobPriority.NORMAL)));
        replies.forEach((id, reply) -> reply.complete(reply(id, JobState.QUEUED)));

        assertThat(messages.join())
                .extracting(Messages::queue, each -> each.texts().size())
                .containsExactly(
                        tuple(settings.queue(), 1), tuple(settings.lowQueue(), 1), tuple(settings.againQueue(), 3));
        assertThat(moves).extracting(JobTransition::isFirstMessage).containsExactly(true, true, false, false, false);
    }

    private static Job held(String id) {
        return job(id, "invoice", JobState.HELD, 0, JobPriority.NORMAL);
    }

    private static Job job(String id, String type, JobState state, int attempt, JobPriority priority) {
        return new Job(id, type, "{\"n\":1}", "token", state, attempt, 0, 0, 0, priority);
    }

    private static TransitionResult reply(String id, JobState state) {
        Job job = new Job(id, "invoice", "{\"n\":1}", "token", state, 0, 0, 0, 0);
        return new TransitionResult(
                true, job, JobState.HELD, 0, 0, "", true, false, false, Duration.ZERO, Duration.ZERO);
    }
}
