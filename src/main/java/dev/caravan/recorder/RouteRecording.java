package dev.caravan.recorder;

import dev.caravan.routes.recording.RecordedRoute;
import dev.caravan.routes.recording.RecordedStep;
import dev.caravan.routes.recording.StepRecording;
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
        Boolean timesOnly)
        implements Recording {
    /** The only one of its hash. */
    private static final String FIELD = "recording";

    /** @param failure null if the route ended well */
    static RouteRecording of(String id, String route, String node, StepRecording steps, Throwable failure) {
        long micros = steps.micros();
        return new RouteRecording(
                id,
                route,
                node,
                Instant.now().minus(micros, ChronoUnit.MICROS),
                micros,
                failure == null ? null : steps.error(failure),
                steps.routes(),
                steps.steps(),
                steps.moreSteps(),
                steps.hasMessages() ? null : true);
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
}
