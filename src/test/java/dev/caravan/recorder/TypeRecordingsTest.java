package dev.caravan.recorder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.routes.recording.RecordedMessage;
import dev.caravan.routes.recording.RecordedRoute;
import dev.caravan.routes.recording.RecordedStep;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What recordings of a type tell together. */
class TypeRecordingsTest {
    private static final RecordedRoute NOW = new RecordedRoute("job-t", "jobs/t.camel.yaml", "b", 1, "new");
    private static final RecordedRoute BEFORE = new RecordedRoute("job-t", "jobs/t.camel.yaml", "a", 1, "old");

    private static RecordedStep step(int number, Integer parent, String kind, int line, Long micros, String error) {
        RecordedMessage message = new RecordedMessage(null, null, false, Map.of());
        return new RecordedStep(number, parent, "job-t", null, kind, line, null, 0, micros, message, message, error);
    }

    private static JobRecording recording(RecordedRoute route, RecordedStep... steps) {
        return new JobRecording(
                "id", "t", 2, "n1", Instant.EPOCH, 9, null, List.of(route), List.of(steps), 0, null, null, null, null);
    }

    @Test
    void theTimeOfAStepIsWithoutThatOfTheStepsInIt() {
        List<JobRecording> recordings = List.of(
                recording(NOW, step(0, null, "split", 3, 100L, null), step(1, 0, "to", 5, 90L, null)),
                recording(NOW, step(0, null, "split", 3, 50L, "no"), step(1, 0, "to", 5, 60L, "no")),
                recording(NOW, step(0, null, "split", 3, 40L, null), step(1, 0, "to", 5, 10L, null)),
                recording(NOW, step(0, null, "split", 3, null, null)),
                recording(BEFORE, step(0, null, "split", 3, 1000L, null)));
        TypeRecordings all = TypeRecordings.of(recordings);
        assertThat(all.recordings()).hasSize(5);
        assertThat(all.steps())
                .containsExactly(
                        new StepTimes("job-t", "b", null, "to", 5, 3, 1, 60, 90),
                        new StepTimes("job-t", "b", null, "split", 3, 3, 1, 10, 30));
    }

    @Test
    void theSlowestAreShown() {
        List<RecordedStep> steps = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            steps.add(step(i, null, "log", i, (long) i, null));
        }
        assertThat(TypeRecordings.of(List.of(recording(NOW, steps.toArray(RecordedStep[]::new))))
                        .steps())
                .hasSize(StepTimes.MOST)
                .first()
                .extracting(StepTimes::medianMicros)
                .isEqualTo(99L);
        assertThat(TypeRecordings.of(List.of()).steps()).isEmpty();
    }

    @Test
    void whatIsStoredIsReadAgain() {
        JobRecording recording = recording(NOW, step(0, null, "split", 3, null, null), step(1, 0, "to", 5, 1L, "no"));
        assertThat(Recording.of(recording.json(), JobRecording.class)).isEqualTo(recording);
    }
}
