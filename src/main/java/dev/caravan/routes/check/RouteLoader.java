package dev.caravan.routes.check;

import java.util.ArrayList;
import java.util.List;
import org.apache.camel.CamelContext;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.spi.Resource;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;

/** Has Camel read the text of a route file. */
public final class RouteLoader {
    private RouteLoader() {}

    /** The routes of a text, none of which is added to the context yet. */
    public static List<RouteDefinition> read(CamelContext context, String name, String text) throws Exception {
        List<RouteDefinition> routes = new ArrayList<>();
        Resource resource = ResourceHelper.fromString("routes/" + name, text);
        for (RoutesBuilder builder : PluginHelper.getRoutesLoader(context).findRoutesBuilders(resource)) {
            routes.addAll(((RouteBuilder) builder).configureRoutes(context).getRoutes());
        }
        return routes;
    }
}
