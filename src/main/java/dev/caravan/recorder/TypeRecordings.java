package dev.caravan.recorder;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.caravan.routes.recording.RecordedRoute;
import dev.caravan.routes.recording.RecordedStep;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the newest recordings of a type tell together.
 *
 * @param recordings newest first
 * @param steps the slowest first; of each route as the newest recording has it
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record TypeRecordings(List<Attempt> recordings, List<StepTimes> steps) {
    /** How many steps are shown. */
    static final int MOST_STEPS = 20;

    /** @param error null if it ended well */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Attempt(String jobId, int attempt, String node, Instant startedAt, long micros, String error) {}

    /**
     * The times of a step, without those of the steps in it.
     *
     * @param passed how often it was passed
     * @param failed how often it, or one in it, failed
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record StepTimes(
            String route,
            String revision,
            String id,
            String kind,
            Integer line,
            int passed,
            int failed,
            long medianMicros,
            long longestMicros) {}

    private record Place(String route, String id, String kind, Integer line) {}

    /** @param recordings newest first */
    static TypeRecordings of(List<JobRecording> recordings) {
        Map<String, RecordedRoute> routes = new HashMap<>();
        recordings.forEach(one -> one.routes().forEach(route -> routes.putIfAbsent(route.id(), route)));
        Map<Place, List<Long>> times = new LinkedHashMap<>();
        Map<Place, Integer> failures = new HashMap<>();
        for (JobRecording one : recordings) {
            long[] own = ownMicros(one.steps());
            for (RecordedStep step : one.steps()) {
                if (step.micros() != null && one.routes().contains(routes.get(step.route()))) {
                    Place place = new Place(step.route(), step.id(), step.kind(), step.line());
                    times.computeIfAbsent(place, key -> new ArrayList<>()).add(own[step.number()]);
                    failures.merge(place, step.error() == null ? 0 : 1, Integer::sum);
                }
            }
        }
        List<StepTimes> steps = new ArrayList<>();
        times.forEach((place, all) -> {
            all.sort(Comparator.naturalOrder());
            steps.add(new StepTimes(
                    place.route(),
                    routes.get(place.route()).revision(),
                    place.id(),
                    place.kind(),
                    place.line(),
                    all.size(),
                    failures.get(place),
                    all.get(all.size() / 2),
                    all.get(all.size() - 1)));
        });
        steps.sort(Comparator.comparingLong(StepTimes::medianMicros).reversed());
        return new TypeRecordings(
                recordings.stream()
                        .map(one -> new Attempt(
                                one.jobId(), one.attempt(), one.node(), one.startedAt(), one.micros(), one.error()))
                        .toList(),
                steps.stream().limit(MOST_STEPS).toList());
    }

    /** Steps within one may run at the same time, so that they take longer than it in all. */
    private static long[] ownMicros(List<RecordedStep> steps) {
        long[] own = new long[steps.size()];
        for (RecordedStep step : steps) {
            long micros = step.micros() == null ? 0 : step.micros();
            own[step.number()] += micros;
            if (step.parent() != null) {
                own[step.parent()] -= micros;
            }
        }
        for (int i = 0; i < own.length; i++) {
            own[i] = Math.max(0, own[i]);
        }
        return own;
    }
}
