package dev.caravan.recorder;

import dev.caravan.routes.recording.RecordedRoute;
import dev.caravan.routes.recording.RecordedStep;
import dev.caravan.routes.recording.StepRecording;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * What an exchange did that came to a route of events, of the chat or of a destination.
 *
 * @param id of the exchange
 * @param route that it came to
 * @param node on which
 * @param startedAt by the clock of this node
 * @param micros how long the route took
 * @param error what the route failed with; null if it did not
 * @param routes those that it went through, as they ran
 * @param steps in the order in which they began
 * @param moreSteps how many more there were
 * @param timesOnly true if it has no messages but that of what failed; null if it has them
 * @param running true if the exchange went on when this was stored; null if it had ended
 */
record RouteRecording(
        String id,
        String route,
        String node,
        Instant startedAt,
        long micros,
        String error,
        List<RecordedRoute> routes,
        List<RecordedStep> steps,
        int moreSteps,
        Boolean timesOnly,
        Boolean running)
        implements Recording {
    /** How often one that goes on is stored at the least. */
    static final Duration AGAIN = Duration.ofSeconds(10);
    /** What goes on is gone soon after its node. */
    private static final Duration RUNNING_KEPT = AGAIN.multipliedBy(3);

    /** The only one of its hash. */
    private static final String FIELD = "recording";

    /** @param failure null if the route ended well */
    static RouteRecording of(String id, String route, String node, StepRecording steps, Throwable failure) {
        Instant startedAt = Instant.now().minus(steps.micros(), ChronoUnit.MICROS);
        return of(id, route, node, startedAt, steps, failure == null ? null : steps.error(failure), null);
    }

    static RouteRecording ofRunning(String id, String route, String node, Instant startedAt, StepRecording steps) {
        return of(id, route, node, startedAt, steps, null, true);
    }

    private static RouteRecording of(
            String id,
            String route,
            String node,
            Instant startedAt,
            StepRecording steps,
            String error,
            Boolean running) {
        List<RecordedStep> passed = steps.steps(); // before the routes: there may be more by then
        return new RouteRecording(
                id,
                route,
                node,
                startedAt,
                steps.micros(),
                error,
                steps.routes(),
                passed,
                steps.moreSteps(),
                steps.hasMessages() ? null : true,
                running);
    }

    static Place place(String id) {
        return new Place(Kind.ROUTE, FIELD, id);
    }

    static Group group(String route) {
        return new Group(Kind.ROUTE, route);
    }

    @Override
    public Place place() {
        return place(id);
    }

    @Override
    public Group group() {
        return group(route);
    }

    @Override
    public Duration keptFor(Duration retention) {
        return running == null || retention.compareTo(RUNNING_KEPT) < 0 ? retention : RUNNING_KEPT;
    }
}
