package dev.caravan.job;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.rest.JsonBody;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.spi.CamelEvent.RouteRemovedEvent;
import org.apache.camel.support.EventNotifierSupport;
import org.springframework.stereotype.Component;

/** The types of jobs: whatever routes start at {@code direct:job-<type>} right now. Thread-safe. */
@Component
public class JobTypes {
    private static final String ROUTE = "job-";
    private static final String EXAMPLE = "x-example:";
    /** What handlers call, and no handler. */
    private static final String PROGRESS = "job-progress";

    /** As long as a call waits for a route that is not there: one that is being replaced is back by then. */
    private static final long REPLACED_NANOS = TimeUnit.SECONDS.toNanos(3);

    private final CamelContext context;
    /** When routes of handlers were removed, by their ids. As many as there ever were types. */
    private final ConcurrentMap<String, Long> removed = new ConcurrentHashMap<>();

    JobTypes(CamelContext context) {
        this.context = context;
        context.getManagementStrategy().addEventNotifier(new Removals());
    }

    /** Whether there is a handler of this type; also while it is replaced by another revision of itself. */
    public boolean knows(String type) {
        String route = ROUTE + type;
        return !route.equals(PROGRESS) && (context.getRoute(route) != null || isBeingReplaced(route));
    }

    private boolean isBeingReplaced(String route) {
        Long at = removed.get(route);
        return at != null && System.nanoTime() - at < REPLACED_NANOS;
    }

    /**
     * What the route of a handler tells of its type.
     *
     * @param description may be empty
     * @param example a payload, JSON text, or null: the note of the route, after {@value #EXAMPLE}
     */
    record About(String description, String example) {}

    /** All types in the order of their names. */
    Map<String, About> all() {
        Map<String, About> types = new TreeMap<>();
        for (Route route : context.getRoutes()) {
            if (route.getId().startsWith(ROUTE) && !route.getId().equals(PROGRESS)) {
                String description = route.getDescription();
                types.put(
                        route.getId().substring(ROUTE.length()),
                        new About(description == null ? "" : description, example(route.getNote())));
            }
        }
        return types;
    }

    private static String example(String note) {
        if (note == null || !note.startsWith(EXAMPLE)) {
            return null;
        }
        try {
            return JsonBody.read(note.substring(EXAMPLE.length()).strip().getBytes(UTF_8));
        } catch (IllegalArgumentException e) {
            return null; // the check of route files refuses it
        }
    }

    private final class Removals extends EventNotifierSupport {
        @Override
        public boolean isEnabled(CamelEvent event) {
            return event instanceof RouteRemovedEvent;
        }

        @Override
        public void notify(CamelEvent event) {
            String id = ((RouteRemovedEvent) event).getRoute().getId();
            if (id.startsWith(ROUTE)) {
                removed.put(id, System.nanoTime());
            }
        }
    }
}
