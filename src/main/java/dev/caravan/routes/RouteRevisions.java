package dev.caravan.routes;

/** Where other modules find which revision of a live route an exchange ran on. */
public final class RouteRevisions {
    /** Prefix of an exchange property: with the id of a route behind it, its value is the revision of that route. */
    public static final String PROPERTY = "CaravanRouteRevision.";

    /** Name of a set in Camel's registry: ids of the routes that are being replaced, which are missing for a moment. */
    public static final String REPLACED = "caravanReplacedRoutes";

    private RouteRevisions() {}
}
