package dev.caravan.recorder;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.caravan.job.Job;
import dev.caravan.routes.recording.RecordedRoute;
import dev.caravan.routes.recording.RecordedStep;
import dev.caravan.routes.recording.StepRecording;
import java.time.Instant;
import java.util.List;

/**
 * What an attempt of a job did.
 *
 * @param jobId of the job
 * @param node that made the attempt
 * @param startedAt by the clock of this node
 * @param micros how long its handler took
 * @param error what its handler failed with; null if it did not
 * @param routes those that it went through, as they ran
 * @param steps in the order in which they began
 * @param moreSteps how many more there were
 */
record JobRecording(
        String jobId,
        String type,
        int attempt,
        String node,
        Instant startedAt,
        long micros,
        String error,
        List<RecordedRoute> routes,
        List<RecordedStep> steps,
        int moreSteps) {
    private static final JsonMapper JSON = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES) // of a newer node
            .serializationInclusion(JsonInclude.Include.NON_NULL)
            .build();

    /** @param failure null if the handler ended well */
    static JobRecording of(Job job, String node, Instant startedAt, StepRecording steps, Throwable failure) {
        return new JobRecording(
                job.id(),
                job.type(),
                job.attempt(),
                node,
                startedAt,
                steps.micros(),
                failure == null ? null : steps.error(failure),
                steps.routes(),
                steps.steps(),
                steps.moreSteps());
    }

    /** As it was stored. */
    static JobRecording of(String json) {
        try {
            return JSON.readValue(json, JobRecording.class);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("Not a recording: " + e.getOriginalMessage(), e);
        }
    }

    /** As it is stored, and shown. */
    String json() {
        return json(this);
    }

    /** Several of them, or what they tell. */
    static String json(Object recordings) {
        try {
            return JSON.writeValueAsString(recordings);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Values of our own have a JSON form", e);
        }
    }
}
