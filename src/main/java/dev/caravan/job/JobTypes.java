package dev.caravan.job;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.http.JsonBody;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.springframework.stereotype.Component;

/** The types of jobs: whatever routes start at {@code direct:job-<type>} right now. Thread-safe. */
@Component
public class JobTypes {
    private static final String ROUTE = "job-";
    private static final String EXAMPLE = "x-example:";
    /** What handlers call, and no handler. */
    private static final String PROGRESS = "job-progress";

    /** A set in Camel's registry: ids of the routes that are being replaced, and so are not there for a moment. */
    private static final String REPLACED = "caravanReplacedRoutes";

    private final CamelContext context;

    public JobTypes(CamelContext context) {
        this.context = context;
    }

    /** Whether there is a handler of this type; also while it is replaced by another revision of itself. */
    public boolean knows(String type) {
        String route = ROUTE + type;
        // Asked for again: it may have come back while we asked whether it is being replaced.
        return !route.equals(PROGRESS)
                && (context.getRoute(route) != null || isBeingReplaced(route) || context.getRoute(route) != null);
    }

    private boolean isBeingReplaced(String route) {
        Set<?> replaced = context.getRegistry().lookupByNameAndType(REPLACED, Set.class);
        return replaced != null && replaced.contains(route);
    }

    /**
     * What the route of a handler tells of its type.
     *
     * @param description may be empty
     * @param example a payload, JSON text, or null: the note of the route, after {@value #EXAMPLE}
     */
    public record About(String description, String example) {}

    /** All types in the order of their names. */
    public Map<String, About> all() {
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
}
