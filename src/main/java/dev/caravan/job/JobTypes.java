package dev.caravan.job;

import dev.caravan.component.RouteRevisions;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** The types of jobs: whatever routes start at {@code direct:job-<type>} right now. Thread-safe. */
@Component
public class JobTypes {
    /** The type of the jobs that act on many others. */
    public static final String BULK = "bulk";
    /** The type of the jobs that tell a webhook of something. */
    public static final String WEBHOOK = "webhook-delivery";
    /** Nobody submits these as such. */
    private static final Set<String> OWN = Set.of(BULK, WEBHOOK);

    static final String ROUTE = "job-";

    private static final Logger LOG = LoggerFactory.getLogger(JobTypes.class);
    /** A route that handlers call, and no handler. */
    private static final String PROGRESS = "job-progress";

    private final CamelContext context;
    /** All routes by id: Camel would look for one by going through them. */
    private final Map<String, Route> routes = new ConcurrentHashMap<>();
    /** What their files say, by type. It stays while a handler is replaced. */
    private final Map<String, JobType> described = new ConcurrentHashMap<>();
    /** Null until it was looked up, which takes too long for each job. */
    private volatile Set<?> removed;

    public JobTypes(CamelContext context) {
        this.context = context;
        context.addLifecycleStrategy(new Changes());
        context.getRoutes().forEach(this::add);
    }

    /** Whether a route is the handler of a type. */
    static boolean isHandler(String route) {
        return route != null && route.startsWith(ROUTE) && !route.equals(PROGRESS);
    }

    private final class Changes extends LifecycleStrategySupport {
        @Override
        public void onRoutesAdd(Collection<Route> added) {
            added.forEach(JobTypes.this::add);
        }

        /** Leaves the successor of a route that was replaced. */
        @Override
        public void onRoutesRemove(Collection<Route> removed) {
            removed.forEach(JobTypes.this::remove);
        }
    }

    private void add(Route route) {
        String id = route.getId();
        if (isHandler(id)) {
            String description = route.getDescription();
            JobTypeNote note = new JobTypeNote(description == null ? "" : description, route.getNote());
            // A file is checked before; a route in Java is not.
            note.faults().forEach(fault -> LOG.warn("Route {}: ignored in its note: {}", id, fault.reason()));
            described.put(id.substring(ROUTE.length()), note.type());
        }
        routes.put(id, route);
    }

    private void remove(Route route) {
        String id = route.getId();
        if (routes.remove(id, route) && isHandler(id) && !RouteRevisions.isBeingReplaced(context, id)) {
            described.remove(id.substring(ROUTE.length()));
        }
    }

    /** What the file of the handler says about a type; {@link JobType#PLAIN} if there is no handler. */
    public JobType of(String type) {
        return described.getOrDefault(type, JobType.PLAIN);
    }

    /** Whether clients may submit jobs of this type: there is a handler, and it is not one of the server's own. */
    public boolean accepts(String type) {
        return !isOwn(type) && knows(type);
    }

    /** Whether the server alone makes jobs of this type, and their payloads. */
    public static boolean isOwn(String type) {
        return OWN.contains(type);
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

    /** All types that can be submitted, in the order of their names. */
    public Map<String, JobType> all() {
        Map<String, JobType> types = new TreeMap<>();
        for (Route route : context.getRoutes()) {
            String id = route.getId();
            if (isHandler(id) && !isBeingRemoved(id)) {
                String type = id.substring(ROUTE.length());
                types.put(type, of(type));
            }
        }
        types.keySet().removeAll(OWN);
        return types;
    }
}
