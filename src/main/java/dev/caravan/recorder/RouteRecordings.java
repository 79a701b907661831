package dev.caravan.recorder;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;

/**
 * What the newest recordings of a route tell together.
 *
 * @param recordings newest first
 * @param steps the slowest first; of each route as the newest recording has it
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record RouteRecordings(List<Passage> recordings, List<StepTimes> steps) {
    /**
     * @param error null if it ended well
     * @param running true if it goes on; null if it has ended
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Passage(String id, String node, Instant startedAt, long micros, String error, Boolean running) {}

    /** @param recordings newest first */
    static RouteRecordings of(List<RouteRecording> recordings) {
        return new RouteRecordings(
                recordings.stream()
                        .map(one -> new Passage(
                                one.id(), one.node(), one.startedAt(), one.micros(), one.error(), one.running()))
                        .toList(),
                StepTimes.slowest(
                        recordings.stream().filter(one -> one.running() == null).toList()));
    }
}
