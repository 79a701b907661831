package dev.caravan.job.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import dev.caravan.job.Job;
import dev.caravan.job.JobOptions;
import dev.caravan.job.JobState;
import dev.caravan.job.JobSubmissions;
import dev.caravan.job.JobTransition;
import dev.caravan.job.JobType;
import dev.caravan.job.JobTypes;
import dev.caravan.job.Settings;
import dev.caravan.job.TestRedis;
import dev.caravan.job.TransitionResult;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(120)
class UniqueJobsTest {
    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private final JobTypes types = mock();
    private final JobSubmissions submissions = new JobSubmissions(Settings.defaults(), types);
    private JobStore store;
    private UniqueJobs unique;

    @BeforeEach
    void open() {
        when(types.of(any())).thenReturn(JobType.PLAIN);
        store = new JobStore(REDIS.template(), List.of(), Settings.defaults(), REDIS.executor());
        unique = new UniqueJobs(REDIS.template(), new JobHashes(REDIS.template()));
    }

    @AfterEach
    void close() {
        store.destroy();
    }

    @Test
    void whileTheFirstRunsTheSecondIsTheSameJob() {
        Submitted first = submit("k");
        assertThat(first.stored.changed()).isTrue();
        assertThat(first.duplicate).isFalse();

        Submitted second = submit("k");
        assertThat(second.id()).isEqualTo(first.id());
        assertThat(second.duplicate).isTrue();
        assertThat(second.stored.changed()).isFalse();
        assertThat(submit("other").id()).isNotEqualTo(first.id());

        Job running = start(first.id());
        assertThat(submit("k").id()).isEqualTo(first.id());
        finish(running);
        Submitted next = submit("k");
        assertThat(next.id()).isNotEqualTo(first.id());
        assertThat(next.stored.changed()).isTrue();
    }

    @Test
    void aKeyForTheQueueIsFreeWhenTheFirstAttemptBegins() {
        Submitted first = submit("k", "queued");
        assertThat(submit("k", "queued").id()).isEqualTo(first.id());

        start(first.id());

        assertThat(submit("k", "queued").id()).isNotEqualTo(first.id());
    }

    @Test
    void aKeyForATimeHoldsForThatTimeWhateverBecomesOfItsJob() {
        Submitted first = submit("k", "700ms");
        finish(start(first.id()));
        Submitted second = submit("k", "700ms");
        assertThat(second.id()).isEqualTo(first.id());
        assertThat(second.duplicate).isTrue();

        Awaitility.await().until(() -> !submit("k", "700ms").id().equals(first.id()));
    }

    /** Its node died between asking for the key and storing the job. */
    @Test
    void aKeyWithoutAJobHoldsUpNobody() {
        JobTransition died = submission("k", null, null);
        unique.reserve(died);

        Submitted next = submit("k");
        assertThat(next.stored.changed()).isTrue();
        assertThat(next.duplicate).isFalse();
        assertThat(store.write(died).join().changed()).as("it was not dead").isFalse();
        assertThat(submit("k").id()).isEqualTo(next.id());
    }

    @Test
    void aSubmissionThatWasWithdrawnHoldsUpNobody() {
        Submitted first = submit("k");
        store.write(JobTransition.withdrawn(first.job, Duration.ofMinutes(1))).join();
        assertThat(state(first.id())).isEqualTo(JobState.WITHDRAWN);

        Submitted next = submit("k");
        assertThat(next.stored.changed()).isTrue();
        assertThat(next.duplicate).isFalse();
        assertThat(state(next.id())).isEqualTo(JobState.QUEUED);
    }

    @Test
    void aJobThatTwoRelyOnIsTakenBackByNeither() {
        Submitted first = submit("k");
        submit("k");

        store.write(JobTransition.withdrawn(first.job, Duration.ofMinutes(1))).join();

        assertThat(state(first.id())).isEqualTo(JobState.QUEUED);
    }

    @Test
    void onceItsMessageIsConfirmedADuplicateSendsNone() {
        PublishedJobs published = new PublishedJobs(REDIS.template(), REDIS.executor());
        Submitted first = submit("k");
        assertThat(submit("k").stored.needsMessage()).isTrue();
        published.note(first.job).join();

        assertThat(submit("k").stored.needsMessage()).isFalse();
        published.destroy();
    }

    /** Its job has ended, and another one has the unique key. */
    @Test
    void anIdempotencyKeyStaysTheSameJob() {
        Submitted first = submit("k", null, "request 1");
        finish(start(first.id()));
        Submitted other = submit("k");
        assertThat(other.id()).isNotEqualTo(first.id());

        assertThat(submit("k", null, "request 1").id()).isEqualTo(first.id());
        assertThat(submit("k", null, "request 2").id()).isEqualTo(other.id());
    }

    @Test
    void ofManyAtOnceOneIsStored() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            Callable<Submitted> one = () -> submit("k");
            Set<String> ids = new HashSet<>();
            int stored = 0;
            for (Future<Submitted> each : threads.invokeAll(Collections.nCopies(200, one))) {
                ids.add(each.get().id());
                stored += each.get().stored.changed() ? 1 : 0;
            }
            assertThat(ids).hasSize(1);
            assertThat(stored).isOne();
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void keysWhoseJobIsOverAreRemoved() {
        Submitted ended = submit("ended");
        submit("runs");
        submit("short", "1ms");
        finish(start(ended.id()));
        Awaitility.await().untilAsserted(() -> {
            unique.maintain();
            assertThat(REDIS.template().opsForHash().size(UniqueJobs.KEY)).isOne();
        });
        assertThat(submit("runs").duplicate).isTrue();
    }

    private record Submitted(Job job, TransitionResult stored, boolean duplicate) {
        String id() {
            return job.id();
        }
    }

    private Submitted submit(String key) {
        return submit(key, null);
    }

    private Submitted submit(String key, String period) {
        return submit(key, period, null);
    }

    private Submitted submit(String key, String period, String request) {
        UniqueJobs.Reservation reserved = unique.reserve(submission(key, period, request));
        TransitionResult stored = store.write(reserved.submission()).join();
        return new Submitted(reserved.submission().job(), stored, reserved.duplicate());
    }

    private JobTransition submission(String key, String period, String request) {
        Map<String, String> options = new HashMap<>(Map.of("uniqueKey", key));
        if (period != null) {
            options.put("uniqueFor", period);
        }
        return submissions.read("hello", null, null, request, "ada", JobOptions.of(options::get));
    }

    private Job start(String id) {
        return store.write(JobTransition.started(Job.create(id, "hello", null, "w"), "node-1", Duration.ofSeconds(10)))
                .join()
                .job();
    }

    private void finish(Job job) {
        assertThat(store.write(JobTransition.finished(job, "", Duration.ofMinutes(1)))
                        .join()
                        .done())
                .isTrue();
    }

    private static JobState state(String id) {
        return Job.stateOf(REDIS.hash(id));
    }
}
