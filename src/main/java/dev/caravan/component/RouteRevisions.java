package dev.caravan.component;

import java.util.Map;
import java.util.Set;
import org.apache.camel.CamelContext;

/** The contract between live routes and whoever asks about them: an exchange property and entries of Camel's registry. */
public final class RouteRevisions {
    /** Prefix of an exchange property: with the id of a route behind it, its value, as text, is the revision that the exchange ran on. */
    public static final String PROPERTY = "CaravanRouteRevision.";

    /** Name of a set in Camel's registry: ids of the routes that are being replaced, and so are missing for a moment. */
    public static final String REPLACED = "caravanReplacedRoutes";

    /** Name of a set in Camel's registry: ids of the routes that are being removed, and still run for a moment. */
    public static final String REMOVED = "caravanRemovedRoutes";

    private RouteRevisions() {}

    /** The revision of a route that an exchange ran on, by its properties; null if it is no live route, or was not reached. */
    public static String of(Map<String, Object> properties, String routeId) {
        Object run = properties.get(PROPERTY + routeId);
        return run == null ? null : run.toString();
    }

    /** Whether a route is missing only because another revision takes its place. */
    public static boolean isBeingReplaced(CamelContext context, String routeId) {
        Set<?> replaced = context.getRegistry().lookupByNameAndType(REPLACED, Set.class);
        return replaced != null && replaced.contains(routeId);
    }

    /** The routes that are being removed, at any time; null before there are live routes. */
    public static Set<?> removed(CamelContext context) {
        return context.getRegistry().lookupByNameAndType(REMOVED, Set.class);
    }
}
