package dev.caravan.routes.check;

import dev.caravan.node.Nearest;
import dev.caravan.routes.check.RouteSource.Place;
import dev.caravan.routes.files.RouteProblem;
import dev.caravan.routes.files.RouteText;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.camel.CamelContext;
import org.apache.camel.model.Model;
import org.apache.camel.model.ProcessorDefinition;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.model.RouteDefinition;

/**
 * A route of a file, as Camel has read it.
 *
 * @param source its text as it stands in the file
 */
record CheckedRoute(String file, RouteText text, RouteSource source, RouteDefinition definition) {
    static final String DIRECT = "direct:";

    /** The endpoint at which a route starts, without options. */
    static String start(RouteDefinition route) {
        return path(route.getInput().getEndpointUri());
    }

    /** An endpoint without its options. */
    static String path(String uri) {
        int query = uri.indexOf('?');
        return (query < 0 ? uri : uri.substring(0, query)).replace("://", ":");
    }

    static <T> Collection<T> outputs(List<ProcessorDefinition<?>> outputs, Class<T> type) {
        return ProcessorDefinitionHelper.filterTypeInOutputs(outputs, type);
    }

    static Model model(CamelContext context) {
        return context.getCamelContextExtension().getContextPlugin(Model.class);
    }

    /** @param word what is wrong, as it stands in the text */
    RouteProblem problem(String word, String reason) {
        return problem(word, reason, Set.of());
    }

    /** @param known what could have been meant */
    RouteProblem problem(String word, String reason, Collection<String> known) {
        Optional<Place> place = source.find(word, text.line());
        return new RouteProblem(
                file,
                place.map(Place::line).orElse(text.line()),
                place.map(Place::column).orElse(null),
                text.id(),
                reason,
                null,
                Nearest.to(word, known));
    }
}
