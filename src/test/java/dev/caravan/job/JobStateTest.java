package dev.caravan.job;

import static dev.caravan.job.JobState.CANCELLED;
import static dev.caravan.job.JobState.FAILED;
import static dev.caravan.job.JobState.FINISHED;
import static dev.caravan.job.JobState.HELD;
import static dev.caravan.job.JobState.NEW;
import static dev.caravan.job.JobState.QUEUED;
import static dev.caravan.job.JobState.RETRYING;
import static dev.caravan.job.JobState.RUNNING;
import static dev.caravan.job.JobState.SCHEDULED;
import static dev.caravan.job.JobState.WITHDRAWN;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JobStateTest {
    private static final Map<JobState, Set<JobState>> LEGAL = Map.of(
            NEW, EnumSet.of(SCHEDULED, QUEUED, HELD, RUNNING, RETRYING, FINISHED, FAILED, CANCELLED, WITHDRAWN),
            SCHEDULED, EnumSet.of(SCHEDULED, QUEUED, HELD, RUNNING, RETRYING, CANCELLED, WITHDRAWN),
            QUEUED, EnumSet.of(QUEUED, HELD, RUNNING, RETRYING, FAILED, CANCELLED, WITHDRAWN),
            HELD, EnumSet.of(QUEUED, HELD, RUNNING, RETRYING, CANCELLED, WITHDRAWN),
            RUNNING, EnumSet.of(RUNNING, QUEUED, RETRYING, FINISHED, FAILED, CANCELLED),
            RETRYING, EnumSet.of(RUNNING, RETRYING, QUEUED, HELD, FAILED, CANCELLED, WITHDRAWN),
            FINISHED, EnumSet.noneOf(JobState.class),
            FAILED, EnumSet.of(FAILED, QUEUED),
            CANCELLED, EnumSet.noneOf(JobState.class),
            WITHDRAWN, EnumSet.of(SCHEDULED, QUEUED));

    @ParameterizedTest
    @EnumSource
    void leadsToTheseStatesAndNoOther(JobState state) {
        assertThat(Arrays.stream(JobState.values()).filter(next -> next.from().contains(state)))
                .containsExactlyInAnyOrderElementsOf(LEGAL.get(state));
    }

    @Test
    void theNumbersAndMessagesOfTheWireContractStand() {
        assertThat(RUNNING.status()).isEqualTo(1);
        assertThat(RUNNING.message()).isEqualTo("Job being processed");
        assertThat(FINISHED.status()).isZero();
        assertThat(FINISHED.message()).isEqualTo("Finished");
    }

    @Test
    void ourFurtherStatesHaveNumbersThatNoOtherHas() {
        assertThat(Arrays.stream(JobState.values()).map(JobState::status)).doesNotHaveDuplicates();
        assertThat(List.of(QUEUED, RETRYING, FAILED, WITHDRAWN, CANCELLED, SCHEDULED, HELD))
                .extracting(JobState::status)
                .containsExactly(2, 3, 4, 5, 6, 7, 8);
    }

    @Test
    void fourStatesAreTheEnd() {
        assertThat(Arrays.stream(JobState.values()).filter(JobState::terminal))
                .containsExactly(FINISHED, FAILED, CANCELLED, WITHDRAWN);
    }

    @Test
    void aHashOfAServiceThatKnowsOnlyTheWireHasItsStateByItsStatus() {
        assertThat(Job.stateOf(Map.of())).isEqualTo(NEW);
        assertThat(Job.stateOf(Map.of("status", "0"))).isEqualTo(FINISHED);
        assertThat(Job.stateOf(Map.of("status", "1"))).isEqualTo(RUNNING);
        assertThat(Job.stateOf(Map.of("status", "1", "state", "RETRYING"))).isEqualTo(RETRYING);
    }

    @Test
    void aStateThatIsNoneOfOursCountsAsNone() {
        assertThat(Job.stateOf(Map.of("status", "0", "state", "done"))).isEqualTo(FINISHED);
        assertThat(Job.stateOf(Map.of("status", "1", "state", ""))).isEqualTo(RUNNING);
        assertThat(Job.stateOf(Map.of("state", "running"))).isEqualTo(NEW);
    }
}
