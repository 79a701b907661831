package dev.caravan.job;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.component.RouteRevisions;
import dev.caravan.http.JsonBody;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.apache.camel.support.LifecycleStrategySupport;
import org.apache.camel.support.service.ServiceHelper;
import org.springframework.stereotype.Component;

/** The types of jobs: whatever routes start at {@code direct:job-<type>} right now. Thread-safe. */
@Component
public class JobTypes {
    private static final String ROUTE = "job-";
    private static final String EXAMPLE = "x-example:";
    /** A route that handlers call, and no handler. */
    private static final String PROGRESS = "job-progress";

    private final CamelContext context;
    /** All routes by id: Camel would look for one by going through them. */
    private final Map<String, Route> routes = new ConcurrentHashMap<>();
    /** Null until it was looked up, which takes too long for each job. */
    private volatile Set<?> removed;

    public JobTypes(CamelContext context) {
        this.context = context;
        context.addLifecycleStrategy(new Changes());
        context.getRoutes().forEach(route -> routes.put(route.getId(), route));
    }

    /** Whether a route is the handler of a type. */
    static boolean isHandler(String route) {
        return route != null && route.startsWith(ROUTE) && !route.equals(PROGRESS);
    }

    private final class Changes extends LifecycleStrategySupport {
        @Override
        public void onRoutesAdd(Collection<Route> added) {
            added.forEach(route -> routes.put(route.getId(), route));
        }

        /** Leaves the successor of a route that was replaced. */
        @Override
        public void onRoutesRemove(Collection<Route> removed) {
            removed.forEach(route -> routes.remove(route.getId(), route));
        }
    }

    /** Whether there is a handler of this type; also while it is replaced by another revision of itself, or is stopped. */
    public boolean knows(String type) {
        String route = ROUTE + type;
        // The second look-up: it may have come back between the first one and the check.
        return !route.equals(PROGRESS)
                && !isBeingRemoved(route)
                && (routes.containsKey(route)
                        || RouteRevisions.isBeingReplaced(context, route)
                        || routes.containsKey(route));
    }

    private boolean isBeingRemoved(String route) {
        Set<?> ids = removed;
        if (ids == null) {
            ids = RouteRevisions.removed(context);
            removed = ids;
        }
        return ids != null && ids.contains(route);
    }

    /** Whether this node can run jobs of this type now: their handler takes them, or is replaced by another revision of itself. */
    public boolean handles(String type) {
        String route = ROUTE + type;
        // The second look-up: as above.
        return !route.equals(PROGRESS)
                && (isStarted(route) || RouteRevisions.isBeingReplaced(context, route) || isStarted(route));
    }

    private boolean isStarted(String id) {
        Route route = routes.get(id);
        return route != null && ServiceHelper.isStarted(route.getConsumer());
    }

    /** The types that this node can run, in the order of their names. */
    public Set<String> handled() {
        return routes.keySet().stream()
                .filter(route -> route.startsWith(ROUTE))
                .map(route -> route.substring(ROUTE.length()))
                .filter(this::handles)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /**
     * How the route of a handler describes its type.
     *
     * @param description may be empty
     * @param example a payload, JSON text, or null: the note of the route, after {@value #EXAMPLE}
     */
    public record About(String description, String example) {}

    /** All types in the order of their names. */
    public Map<String, About> all() {
        Map<String, About> types = new TreeMap<>();
        for (Route route : context.getRoutes()) {
            String id = route.getId();
            if (id.startsWith(ROUTE) && !id.equals(PROGRESS) && !isBeingRemoved(id)) {
                String description = route.getDescription();
                types.put(
                        id.substring(ROUTE.length()),
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
            return null; // RouteCheck rejects it
        }
    }
}
