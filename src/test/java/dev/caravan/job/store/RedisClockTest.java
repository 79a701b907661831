package dev.caravan.job.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.caravan.job.Job;
import dev.caravan.job.JobState;
import dev.caravan.job.JobTransition;
import dev.caravan.job.TransitionResult;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RedisClockTest {
    private static final Duration LEASE = Duration.ofSeconds(10);
    private static final long AHEAD = System.currentTimeMillis() + 3_600_000;

    private final RedisClock clock = new RedisClock();

    @Test
    void isTheClockOfTheNodeUntilAReplyTellsBetter() {
        assertNow(System.currentTimeMillis());
        clock.follow(started(), reply(JobState.RUNNING, 0, AHEAD + LEASE.toMillis(), true, false));
        assertNow(AHEAD);
    }

    @Test
    void aSubmissionTellsItToo() {
        clock.follow(submitted(), reply(JobState.QUEUED, AHEAD, 0, true, true));
        assertNow(AHEAD);
    }

    @Test
    void aRepeatedTransitionAndOneThatHoldsNothingDoNot() {
        clock.follow(started(), reply(JobState.RUNNING, AHEAD, AHEAD, false, false));
        clock.follow(submitted(), reply(JobState.QUEUED, AHEAD, 0, false, false));
        assertNow(System.currentTimeMillis());
    }

    private void assertNow(long expected) {
        assertThat(clock.now()).isCloseTo(expected, within(60_000L));
    }

    private static JobTransition started() {
        return JobTransition.started(Job.create("1", "hello", null, "w"), "node-1", LEASE);
    }

    private static JobTransition submitted() {
        return JobTransition.submitted(Job.create("1", "hello", null, "a"), null, LEASE);
    }

    private static TransitionScript.Reply reply(
            JobState state, long createdAt, long until, boolean changed, boolean found) {
        Job job = new Job("1", "hello", null, "w", state, 0, 0, 0, createdAt);
        TransitionResult result = new TransitionResult(
                true, job, job.state(), 0, until, "", changed, false, false, Duration.ZERO, Duration.ZERO);
        return new TransitionScript.Reply(result, "", "hello", createdAt, found, null);
    }
}
