package dev.caravan.job.updates;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.job.JobState;
import dev.caravan.job.Progress;
import dev.caravan.job.updates.JobHistory.Step;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JobHistoryTest {
    @Test
    void stepsAreReadInTheirOrder() {
        JobHistory history = JobHistory.of(
                Map.of("state", "RUNNING", "moves", "1 QUEUED 1000 0\n7 RETRYING 2000 1\n8 RUNNING 3000 2"));

        assertThat(history.steps())
                .containsExactly(
                        new Step(1, JobState.QUEUED, 1000, 0),
                        new Step(7, JobState.RETRYING, 2000, 1),
                        new Step(8, JobState.RUNNING, 3000, 2));
        assertThat(history.after(1)).hasSize(2);
        assertThat(history.after(7)).containsExactly(history.last());
        assertThat(history.after(8)).isEmpty();
        assertThat(history.last().json("a"))
                .isEqualTo("{\"jobId\":\"a\",\"number\":8,\"state\":\"RUNNING\",\"status\":1,"
                        + "\"message\":\"Job being processed\",\"attempt\":2,\"at\":\"1970-01-01T00:00:03Z\"}");
    }

    @Test
    void aHashOfAnotherServiceHasItsStateAlone() {
        assertThat(JobHistory.of(Map.of("status", "0")).steps()).containsExactly(new Step(1, JobState.FINISHED, 0, 0));
        assertThat(JobHistory.of(Map.of("status", "1")).steps()).containsExactly(new Step(1, JobState.RUNNING, 0, 0));
    }

    @Test
    void whatAnotherServiceHasSavedMeanwhileIsTheNextStep() {
        JobHistory history =
                JobHistory.of(Map.of("status", "0", "attempt", "1", "updatedAt", "9", "moves", "1 QUEUED 5 0"));

        assertThat(history.last()).isEqualTo(new Step(2, JobState.FINISHED, 9, 1));
    }

    @Test
    void whatIsNoStepIsNotRead() {
        JobHistory history = JobHistory.of(Map.of("state", "QUEUED", "moves", "nonsense\n1 LOST 5 0\n3 QUEUED 5 0\n"));

        assertThat(history.steps()).containsExactly(new Step(3, JobState.QUEUED, 5, 0));
    }

    @Test
    void whereThereIsNoJobThereIsNothing() {
        assertThat(JobHistory.of(Map.of()).isEmpty()).isTrue();
    }

    @Test
    void howFarItIsCountsWhileItRuns() {
        Map<String, String> hash = Map.of("state", "RUNNING", "progress", "40", "progressText", "a \"quoted\" text");
        assertThat(JobHistory.of(hash).progress()).isEqualTo(new Progress(40, "a \"quoted\" text"));
        assertThat(JobHistory.of(hash).progress().json("a"))
                .isEqualTo("{\"jobId\":\"a\",\"progress\":40,\"progressText\":\"a \\\"quoted\\\" text\"}");
        assertThat(JobHistory.of(Map.of("state", "FINISHED", "progress", "40")).progress())
                .isNull();
        assertThat(Progress.of(Map.of("state", "FINISHED", "progress", "40"))).isEqualTo(new Progress(100, ""));
        assertThat(Progress.of(Map.of("state", "FAILED", "progress", "no number")))
                .isEqualTo(new Progress(0, ""));
    }
}
