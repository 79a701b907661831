package dev.caravan.routes;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.model.Model;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.spi.Resource;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;

/** Adds routes of a file to a Camel context: those that are asked for, and no others of the file. */
final class RouteLoader {
    private RouteLoader() {}

    /**
     * @param chosen the routes to add, by their ids, each with the revision that shall count what it works
     * @throws Exception as Camel throws it; some of the routes may then have been added
     */
    static void add(CamelContext context, RouteFile file, Map<String, RouteRevision> chosen) throws Exception {
        List<RouteDefinition> routes = read(context, file.name(), file.text());
        routes.removeIf(route -> !chosen.containsKey(route.getId()));
        for (RouteDefinition route : routes) {
            route.routePolicy(chosen.get(route.getId()));
        }
        context.getCamelContextExtension().getContextPlugin(Model.class).addRouteDefinitions(routes);
    }

    /** What Camel makes of a text, before any of it is added to a context. */
    static List<RouteDefinition> read(CamelContext context, String name, String text) throws Exception {
        List<RouteDefinition> routes = new ArrayList<>();
        Resource resource = ResourceHelper.fromString("routes/" + name, text);
        for (RoutesBuilder builder : PluginHelper.getRoutesLoader(context).findRoutesBuilders(resource)) {
            routes.addAll(((RouteBuilder) builder).configureRoutes(context).getRoutes());
        }
        return routes;
    }
}
