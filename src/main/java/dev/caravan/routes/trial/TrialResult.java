package dev.caravan.routes.trial;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.caravan.routes.recording.RecordedStep;
import java.util.List;

/**
 * How a trial ended, and what it did.
 *
 * @param body what the route left; null if it left none, or did not end well
 * @param error why it did not end well; null if it did
 * @param micros how long it took, from the message to the end of the route
 * @param steps in the order in which they began
 * @param moreSteps how many more there were
 * @param calls that went nowhere, in their order
 * @param notTried beans and languages that the trial did not call, and for which nothing answered
 * @param log what the route logged
 */
public record TrialResult(
        Outcome outcome,
        String body,
        String error,
        long micros,
        List<RecordedStep> steps,
        int moreSteps,
        List<TrialCall> calls,
        List<String> notTried,
        List<String> log) {

    public enum Outcome {
        @JsonProperty("ended")
        ENDED,
        @JsonProperty("failed")
        FAILED,
        /** It was over its time, and interrupted. */
        @JsonProperty("interrupted")
        INTERRUPTED
    }
}
