package dev.caravan.job;

import java.util.Map;
import java.util.TreeMap;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.springframework.stereotype.Component;

/** The types of jobs: whatever routes start at {@code direct:job-<type>} right now. Thread-safe. */
@Component
public class JobTypes {
    private static final String ROUTE = "job-";

    private final CamelContext context;

    JobTypes(CamelContext context) {
        this.context = context;
    }

    /** Whether there is a handler of this type. */
    boolean knows(String type) {
        return context.getRoute(ROUTE + type) != null;
    }

    /** All types in the order of their names, each with the description of its route. */
    Map<String, String> all() {
        Map<String, String> types = new TreeMap<>();
        for (Route route : context.getRoutes()) {
            if (route.getId().startsWith(ROUTE)) {
                String description = route.getDescription();
                types.put(route.getId().substring(ROUTE.length()), description == null ? "" : description);
            }
        }
        return types;
    }
}
