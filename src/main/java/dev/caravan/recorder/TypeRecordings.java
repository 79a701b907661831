package dev.caravan.recorder;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;

/**
 * What the newest recordings of a type tell together.
 *
 * @param recordings newest first
 * @param steps the slowest first; of each route as the newest recording has it
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record TypeRecordings(List<Attempt> recordings, List<StepTimes> steps) {
    /** @param error null if it ended well */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Attempt(String jobId, int attempt, String node, Instant startedAt, long micros, String error) {}

    /** @param recordings newest first */
    static TypeRecordings of(List<JobRecording> recordings) {
        return new TypeRecordings(
                recordings.stream()
                        .map(one -> new Attempt(
                                one.jobId(), one.attempt(), one.node(), one.startedAt(), one.micros(), one.error()))
                        .toList(),
                StepTimes.slowest(recordings));
    }
}
