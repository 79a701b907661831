package dev.caravan.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import dev.caravan.component.BodyText;
import dev.caravan.component.ConsumedMessage;
import dev.caravan.component.RouteRevisions;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JobAttemptsTest {
    private static final String MESSAGE = "{\"jobId\":\"job-1\",\"type\":\"hello\",\"payload\":{\"a\":1}}";

    private final JobTypes types = mock();
    private JobAttempts attempts;
    private RunningAttempts running;

    @BeforeEach
    void setUp() {
        when(types.handles(anyString())).thenReturn(true);
        when(types.of(anyString())).thenReturn(JobType.PLAIN);
        attempts = attempts(Map.of("lease", "1s"));
    }

    @Test
    void aMessageBecomesTheStartOfAnAttempt() {
        JobTransition move = attempts.claim(MESSAGE);

        assertThat(move.starts()).isTrue();
        assertThat(move.to()).isEqualTo(JobState.RUNNING);
        assertThat(move.hold()).isEqualTo(Duration.ofSeconds(1));
        assertThat(move.field("worker")).isEqualTo("node-1");
        assertThat(move.job().payload()).isEqualTo("{\"a\":1}");
    }

    @Test
    void theSameMessageDeliveredTwiceIsTwoRivals() {
        assertThat(attempts.claim(MESSAGE).job().token())
                .isNotEqualTo(attempts.claim(MESSAGE).job().token());
    }

    @Test
    void aJobWithoutHandlerWaitsForOneWithoutAnAttempt() {
        when(types.handles("hello")).thenReturn(false);

        JobTransition move = attempts.claim(MESSAGE);

        assertThat(move.isParked()).isTrue();
        assertThat(move.starts()).isFalse();
        assertThat(move.to()).isEqualTo(JobState.RETRYING);
        assertThat(move.hold()).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(2));
        assertThat(move.field("errorType")).isEqualTo("NoHandler");
        assertThat(move.field("errorMessage")).contains("hello");
        assertThat(move.field("failures")).isNull();
        assertThat(move.adopting().isParked()).isTrue();
        assertThat(move.adopting().isBirth()).isTrue();
    }

    @Test
    void aJobWhoseHandlerIsRemovedBeforeItIsCalledHasNotFailed() {
        when(types.handles("hello")).thenReturn(false);

        JobTransition move = attempts.failed(job(3, 2), new IllegalArgumentException("no consumer"), Map.of());

        assertThat(move.isParked()).isTrue();
        assertThat(move.field("failures")).isNull();
        assertThat(attempts.failed(
                                job(3, 2),
                                new IllegalArgumentException("bad"),
                                Map.of(RouteRevisions.PROPERTY + "job-hello", "abc"))
                        .to())
                .as("if the handler was called")
                .isEqualTo(JobState.FAILED);
    }

    @Test
    void aMessageThatNamesNoJobIsRefusedAndNoJobFails() {
        assertThatExceptionOfType(InvalidJobMessage.class)
                .isThrownBy(() -> attempts.claim("x"))
                .satisfies(reason -> assertThat(reason.job()).isNull());
    }

    @Test
    void theHandlerGetsThePayloadOrAnEmptyObject() throws InterruptedException {
        assertThat(attempts.begin(moved(job("{\"a\":1}"), true, 0), null, Map.of()))
                .isEqualTo("{\"a\":1}");
        assertThat(attempts.begin(moved(job(null), true, 0), null, Map.of())).isEqualTo("{}");
    }

    @Test
    void aJobThatLostItsWorkerTooOftenIsNotBegun() throws InterruptedException {
        attempts = attempts(Map.of("max-interruptions", "20"));
        assertThat(attempts.begin(moved(job(null), true, 20), null, Map.of())).isEqualTo("{}");
        assertThatExceptionOfType(JobInterrupted.class)
                .isThrownBy(() -> attempts.begin(moved(job(null), true, 21), null, Map.of()))
                .satisfies(interrupted -> assertThat(attempts.failed(job(null), interrupted, Map.of())
                                .to())
                        .isEqualTo(JobState.FAILED));
    }

    @Test
    void aJobThatKillsItsWorkerKillsThree() throws InterruptedException {
        assertThat(attempts.begin(moved(job(null), true, 2), null, Map.of())).isEqualTo("{}");
        assertThatExceptionOfType(JobInterrupted.class)
                .isThrownBy(() -> attempts.begin(moved(job(null), true, 3), null, Map.of()));
    }

    @Test
    void whateverComesOfAnAttemptThatIsHandedOverItIsTriedAgainAtOnce() throws InterruptedException {
        Job one = attempts.claim(MESSAGE).job();
        Job two = attempts.claim(MESSAGE).job();
        attempts.begin(moved(running(one), true, 0), null, Map.of());
        attempts.begin(moved(running(two), true, 0), null, Map.of());

        List<JobTransition> handedOver = attempts.handOver();

        assertThat(Thread.interrupted()).as("the thread of its handler").isTrue();
        assertThat(handedOver).hasSize(2);
        assertThat(List.of(
                        handedOver.get(0),
                        attempts.failed(running(one), new InterruptedException(), Map.of()),
                        attempts.finished(running(two), "half of it", Map.of())))
                .allSatisfy(move -> {
                    assertThat(move.to()).isEqualTo(JobState.RETRYING);
                    assertThat(move.hold()).isZero();
                    assertThat(move.fields()).isEmpty();
                });
    }

    @Test
    void anAttemptThatHasEndedIsNotHandedOverAndOneThatBeginsTooLateIs() throws InterruptedException {
        Job ended = attempts.claim(MESSAGE).job();
        attempts.begin(moved(running(ended), true, 0), null, Map.of());
        attempts.finished(running(ended), "", Map.of());

        assertThat(attempts.handOver()).isEmpty();
        assertThat(Thread.currentThread().isInterrupted()).isFalse();

        Job late = attempts.claim(MESSAGE).job();
        assertThatExceptionOfType(InterruptedException.class)
                .isThrownBy(() -> attempts.begin(moved(running(late), true, 0), null, Map.of()))
                .satisfies(stop -> assertThat(
                                attempts.failed(running(late), stop, Map.of()).field("failures"))
                        .isNull());
    }

    @Test
    void theMessageOfALongAttemptIsAcknowledgedByTheTimer() throws InterruptedException {
        attempts = attempts(Map.of("ack-after", "50ms"));
        AtomicInteger acknowledged = new AtomicInteger();
        Job job = attempts.claim(MESSAGE).job();
        attempts.begin(moved(running(job), true, 0), acknowledged::incrementAndGet, Map.of());

        attempts.extensions();
        await().untilAsserted(() -> {
            attempts.extensions();
            assertThat(acknowledged).hasValue(1);
        });
        attempts.extensions();

        assertThat(acknowledged).hasValue(1);
    }

    @Test
    void aHandlerThatRunsForLongIsStuckUntilItEnds() throws InterruptedException {
        attempts = attempts(Map.of("stuck-after", "50ms", "concurrency", "2"));
        Job one = attempts.claim(MESSAGE).job();
        Job two = attempts.claim(MESSAGE).job();
        attempts.begin(moved(running(one), true, 0), null, Map.of());
        await().until(() -> running.stuck() == 1);
        assertThat(running.isBlocked()).isFalse();
        assertThat(running.longest()).isGreaterThan(Duration.ofMillis(50));

        attempts.begin(moved(running(two), true, 0), null, Map.of());
        await().until(running::isBlocked);
        attempts.abandoned(two);

        assertThat(running.isBlocked()).isFalse();
        attempts.failed(running(one), new IOException(), Map.of());
        assertThat(running.stuck()).isZero();
        assertThat(running.longest()).isZero();
    }

    @Test
    void aResultMayBeMissingButNotOverTheLimitInBytes() {
        JobAttempts small = attempts(Map.of("max-result", "9B"));

        assertThat(small.finished(job(null), null, Map.of()).field("result")).isEmpty();
        assertThat(small.finished(job(null), "123456789", Map.of()).field("result"))
                .isEqualTo("123456789");
        assertThat(small.finished(job(null), "€€€", Map.of()).field("result")).isEqualTo("€€€");
        assertThatExceptionOfType(JobResultTooLarge.class)
                .isThrownBy(() -> small.finished(job(null), "1234567890", Map.of()));
        assertThatExceptionOfType(JobResultTooLarge.class)
                .isThrownBy(() -> small.finished(job(null), "€€€1", Map.of()));
    }

    @Test
    void aFailureIsTriedAgainUntilTheAttemptsAreUsedUp() {
        IOException error = new IOException("no route");

        JobTransition first = attempts.failed(job(1, 0), error, Map.of());
        JobTransition second = attempts.failed(job(2, 1), error, Map.of());
        JobTransition third = attempts.failed(job(3, 2), error, Map.of());

        assertThat(first.to()).isEqualTo(JobState.RETRYING);
        assertThat(first.hold()).isBetween(Duration.ofMillis(2000), Duration.ofMillis(2200));
        assertThat(first.field("failures")).isEqualTo("1");
        assertThat(first.field("errorType")).isEqualTo("IOException");
        assertThat(first.field("errorMessage")).isEqualTo("no route");
        assertThat(second.to()).isEqualTo(JobState.RETRYING);
        assertThat(second.hold()).isBetween(Duration.ofMillis(8000), Duration.ofMillis(8800));
        assertThat(third.to()).isEqualTo(JobState.FAILED);
        assertThat(third.field("failures")).isEqualTo("3");
    }

    @Test
    void aTypeHasARetryPolicyAndARetentionOfItsOwn() {
        when(types.of("hello"))
                .thenReturn(new JobTypeNote(
                                """
                x-attempts: 4
                x-retry-delay: 3s
                x-retry-multiplier: 2
                x-retry-max-delay: 5s
                x-retry-jitter: 0
                x-permanent-errors: [java.lang.IllegalStateException]
                x-retention: 30d
                """)
                        .type());
        IOException error = new IOException();

        assertThat(attempts.failed(job(1, 0), error, Map.of()).hold()).isEqualTo(Duration.ofSeconds(3));
        assertThat(attempts.failed(job(2, 1), error, Map.of()).hold()).isEqualTo(Duration.ofSeconds(5));
        assertThat(attempts.failed(job(3, 2), error, Map.of()).to()).isEqualTo(JobState.RETRYING);
        JobTransition last = attempts.failed(job(4, 3), error, Map.of());
        assertThat(last.to()).isEqualTo(JobState.FAILED);
        assertThat(last.expiry()).isEqualTo(Duration.ofDays(30));
        assertThat(attempts.buried(job(4, 3)).expiry()).isEqualTo(Duration.ofDays(30));
        assertThat(attempts.finished(job(1, 0), "", Map.of()).expiry()).isEqualTo(Duration.ofDays(30));
        for (Exception permanent : List.of(new IllegalStateException(), new IllegalArgumentException())) {
            assertThat(attempts.failed(job(1, 0), permanent, Map.of()).to())
                    .as("the setting's count too")
                    .isEqualTo(JobState.FAILED);
        }
    }

    @Test
    void anInterruptionIsNoFailure() {
        assertThat(attempts.failed(job(15, 0), new IOException(), Map.of()).to())
                .isEqualTo(JobState.RETRYING);
    }

    @Test
    void aPermanentFailureIsNotTriedAgain() {
        JobTransition move = attempts.failed(job(1, 0), new IllegalArgumentException("x".repeat(10_000)), Map.of());

        assertThat(move.to()).isEqualTo(JobState.FAILED);
        assertThat(move.field("errorMessage")).hasSize(JobError.MAX_MESSAGE + 1).endsWith("…");
    }

    @Test
    void anErrorWithoutMessageHasAnEmptyOne() {
        assertThat(attempts.failed(job(1, 0), new StackOverflowError(), Map.of())
                        .field("errorMessage"))
                .isEmpty();
    }

    @Test
    void aHeldAttemptIsExtendedAfterAThirdOfItsLease() {
        Job job = attempts.claim(MESSAGE).job();
        attempts.accept(moved(running(job), true, 0));

        assertThat(attempts.extensions()).isEmpty();
        await().untilAsserted(
                        () -> assertThat(attempts.extensions()).singleElement().satisfies(move -> {
                            assertThat(move.job().id()).isEqualTo("job-1");
                            assertThat(move.hold()).isEqualTo(Duration.ofSeconds(1));
                            assertThat(move.starts()).isFalse();
                        }));

        attempts.accept(moved(running(job), true, 0));
        assertThat(attempts.extensions()).isEmpty();
    }

    @Test
    void anAttemptThatEndedIsNotHeld() {
        assertNotHeldAfter(job -> attempts.accept(moved(in(JobState.FINISHED, job), true, 0)));
        assertNotHeldAfter(job -> attempts.accept(moved(in(JobState.RETRYING, job), true, 0)));
    }

    @Test
    void anAttemptThatAnotherWorkerTookOverIsNotHeld() {
        assertNotHeldAfter(job -> attempts.accept(moved(running(job), false, 0)));
    }

    @Test
    void anAttemptThatWasAbandonedIsNotHeld() {
        assertNotHeldAfter(attempts::abandoned);
        attempts.abandoned(null);
    }

    @Test
    void theAttemptsOfOtherNodesAreNotOurs() {
        attempts.accept(moved(job(null), true, 0));

        await().pollDelay(Duration.ofMillis(500))
                .untilAsserted(() -> assertThat(attempts.extensions()).isEmpty());
    }

    // Cancelled, or over the limit

    @Test
    void theHandlerOfAJobThatIsCancelledGoesNoFurtherAndIsInterruptedAfterTheGrace() throws InterruptedException {
        attempts = attempts(Map.of("cancel-grace", "50ms"));
        Job job = begun(Duration.ZERO, () -> {});
        assertThat(attempts.mustEnd(job)).isFalse();

        attempts.cancel("another");
        assertThat(attempts.mustEnd(job)).isFalse();
        attempts.cancel(job.id());

        assertThat(attempts.mustEnd(job)).isTrue();
        await().pollInSameThread().until(() -> {
            attempts.extensions();
            return Thread.interrupted();
        });
        JobTransition end = attempts.failed(job, new JobStopped(), Map.of());
        assertThat(end.to()).isEqualTo(JobState.CANCELLED);
        assertThat(attempts.mustEnd(job)).as("where a delay goes on").isTrue();
    }

    @Test
    void aHandlerThatEndsWellAlthoughItsJobIsCancelledHasFinished() throws InterruptedException {
        Job job = begun(Duration.ZERO, () -> {});
        attempts.cancel(job.id());

        assertThat(attempts.finished(job, "done", Map.of()).to()).isEqualTo(JobState.FINISHED);
    }

    @Test
    void aCancellationThatTheReplyOfRedisTellsIsTakenTooAlsoBeforeTheHandlerBegins() throws InterruptedException {
        Job job = running(attempts.claim(MESSAGE).job());
        attempts.accept(new TransitionResult(
                true, job, job.state(), 0, 0, "", true, false, true, Duration.ZERO, Duration.ZERO));

        assertThatExceptionOfType(JobStopped.class)
                .isThrownBy(() -> attempts.begin(moved(job, true, 0), null, Map.of()))
                .satisfies(stop ->
                        assertThat(attempts.failed(job, stop, Map.of()).to()).isEqualTo(JobState.CANCELLED));
    }

    @Test
    void aProcessThatStoodStillSinceItsClaimDoesNotBegin() throws InterruptedException {
        attempts = attempts(Map.of("lease", "1s"));
        Job job = running(attempts.claim(MESSAGE).job());
        TransitionResult started = moved(job, true, 0);
        attempts.accept(started);

        await().pollDelay(Duration.ofMillis(1100)).until(() -> true);

        assertThatExceptionOfType(JobStopped.class)
                .isThrownBy(() -> attempts.begin(started, null, Map.of()))
                .satisfies(stop -> {
                    JobTransition end = attempts.failed(job, stop, Map.of());
                    assertThat(end.to()).isEqualTo(JobState.RETRYING);
                    assertThat(end.hold()).isZero();
                    assertThat(end.fields()).isEmpty();
                });
    }

    @Test
    void theHandlerOfAnAttemptThatAnotherWorkerHasTakenOverDoesNoFurtherStep() throws InterruptedException {
        Job job = begun(Duration.ZERO, () -> {});

        attempts.accept(moved(job, false, 0));

        assertThat(Thread.interrupted()).isTrue();
        assertThat(attempts.mustEnd(job)).isTrue();
        assertThat(attempts.finished(job, "too late", Map.of()).to()).isEqualTo(JobState.RETRYING);
    }

    @Test
    void anAttemptOverItsLimitIsInterruptedAndHasFailed() throws InterruptedException {
        Job job = begun(Duration.ofMillis(50), () -> {});

        await().pollInSameThread().until(() -> {
            attempts.extensions();
            return Thread.interrupted();
        });

        JobTransition end = attempts.failed(job, new InterruptedException(), Map.of());
        assertThat(end.to()).isEqualTo(JobState.RETRYING);
        assertThat(end.field("errorType")).isEqualTo("JobTimedOut");
    }

    @Test
    void anAttemptThatDoesNotEndIsAbandonedAndItsPlaceIsFreeWhenThatIsStored() throws InterruptedException {
        attempts = attempts(Map.of("cancel-grace", "0s", "abandon-after", "50ms", "max-abandoned", "1", "lease", "1s"));
        AtomicInteger released = new AtomicInteger();
        Job job = begun(Duration.ZERO, released::incrementAndGet);
        Job other = begun("{\"jobId\":\"other\",\"type\":\"hello\"}", Duration.ZERO, released::incrementAndGet);
        attempts.cancel(job.id());

        await("its end until that is stored, and the extension of the other one")
                .pollInSameThread()
                .untilAsserted(() -> assertThat(attempts.extensions())
                        .extracting(move -> move.job().id() + " " + move.to())
                        .containsExactlyInAnyOrder(job.id() + " CANCELLED", other.id() + " RUNNING"));
        assertThat(attempts.extensions())
                .filteredOn(move -> move.to() == JobState.CANCELLED)
                .allSatisfy(move -> assertThat(move.field("routeRevision")).isEqualTo("abc"))
                .hasSize(1);
        assertThat(running.abandoned()).isOne();
        assertThat(released).hasValue(0);

        attempts.accept(moved(in(JobState.CANCELLED, job), true, 0));
        assertThat(released).hasValue(1);
        attempts.cancel(other.id());
        await().pollInSameThread().during(Duration.ofMillis(200)).until(() -> attempts.extensions().stream()
                .noneMatch(move -> move.to() == JobState.CANCELLED));

        assertThat(attempts.finished(job, "too late", Map.of()).to())
                .as("the fence refuses it")
                .isEqualTo(JobState.RETRYING);
        assertThat(running.abandoned()).isZero();
        assertThat(released).hasValue(1);
        Thread.interrupted();
    }

    private Job begun(Duration timeout, ConsumedMessage message) throws InterruptedException {
        return begun(MESSAGE, timeout, message);
    }

    private Job begun(Object body, Duration timeout, ConsumedMessage message) throws InterruptedException {
        Job job = running(attempts.claim(body).job());
        TransitionResult started =
                new TransitionResult(true, job, job.state(), 0, 0, "", true, false, false, timeout, Duration.ZERO);
        attempts.accept(started);
        Exchange exchange = new DefaultExchange(new DefaultCamelContext());
        attempts.begin(started, message, exchange.getProperties());
        exchange.setProperty(RouteRevisions.PROPERTY + "job-hello", "abc"); // as the handler's route does
        return job;
    }

    private void assertNotHeldAfter(java.util.function.Consumer<Job> end) {
        Job job = attempts.claim(MESSAGE).job();
        attempts.accept(moved(running(job), true, 0));
        await().until(() -> attempts.extensions().size() == 1);

        end.accept(job);

        assertThat(attempts.extensions()).isEmpty();
    }

    private JobAttempts attempts(Map<String, String> changed) {
        JobSettings settings = Settings.with(changed);
        return new JobAttempts(
                new JobMessages(settings),
                types,
                new BodyText(new DefaultCamelContext()),
                running = new RunningAttempts(settings),
                settings,
                "node-1");
    }

    private static TransitionResult moved(Job job, boolean done, int interruptions) {
        return new TransitionResult(
                done, job, job.state(), interruptions, 0, "", true, false, false, Duration.ZERO, Duration.ZERO);
    }

    private static Job running(Job job) {
        return in(JobState.RUNNING, job);
    }

    private static Job in(JobState state, Job job) {
        return new Job(job.id(), job.type(), job.payload(), job.token(), state, 1, 0, 0, 0);
    }

    private static Job job(String payload) {
        return new Job("job-1", "hello", payload, "token", JobState.RUNNING, 1, 0, 0, 0);
    }

    private static Job job(int attempt, int failures) {
        return new Job("job-1", "hello", null, "token", JobState.RUNNING, attempt, failures, 0, 0);
    }
}
