package dev.caravan.recorder;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.caravan.routes.recording.RecordedRoute;
import dev.caravan.routes.recording.RecordedStep;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The times of a step in several recordings, without those of the steps in it.
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
        long longestMicros) {
    /** How many steps are shown. */
    static final int MOST = 20;

    private record Where(String route, String id, String kind, Integer line) {}

    /**
     * The slowest first.
     *
     * @param recordings newest first; of each route only steps as the newest recording has it count
     */
    static List<StepTimes> slowest(List<? extends Recording> recordings) {
        Map<String, RecordedRoute> routes = new HashMap<>();
        recordings.forEach(one -> one.routes().forEach(route -> routes.putIfAbsent(route.id(), route)));
        Map<Where, List<Long>> times = new LinkedHashMap<>();
        Map<Where, Integer> failures = new HashMap<>();
        for (Recording one : recordings) {
            long[] own = ownMicros(one.steps());
            for (RecordedStep step : one.steps()) {
                if (step.micros() != null && one.routes().contains(routes.get(step.route()))) {
                    Where place = new Where(step.route(), step.id(), step.kind(), step.line());
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
        return steps.stream().limit(MOST).toList();
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
