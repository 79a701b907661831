package dev.caravan.routes;

import dev.caravan.routes.check.RouteLoader;
import dev.caravan.routes.files.PackagedRoutes;
import dev.caravan.routes.files.RouteFile;
import dev.caravan.routes.files.RouteFileReader;
import dev.caravan.routes.files.RouteProblem;
import dev.caravan.routes.files.RouteText;
import dev.caravan.routes.files.RoutesRejected;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.apache.camel.CamelContext;
import org.apache.camel.ServiceStatus;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.language.SimpleExpression;
import org.apache.camel.support.DefaultExchange;
import org.springframework.util.function.SingletonSupplier;

/**
 * The routes that make up Caravan, by their ids: those of the packaged files in {@value PackagedRoutes#ENGINE}. Their texts
 * may be edited, but none may be missing. Thread-safe.
 */
final class EngineRoutes {
    private final CamelContext context;
    private final RouteFileReader reader;
    private final Map<String, byte[]> packaged;
    /** Where each one stands as it is packaged; read when somebody asks first. */
    private final Supplier<Map<String, Place>> all = SingletonSupplier.of(this::read);

    private final Supplier<Set<String>> ofThisNode = SingletonSupplier.of(this::included);

    private record Place(RouteFile file, int line) {}

    /** @param packaged the texts of the files that a node does not run without, by their names */
    EngineRoutes(CamelContext context, RouteFileReader reader, Map<String, byte[]> packaged) {
        this.context = context;
        this.reader = reader;
        this.packaged = new TreeMap<>(packaged);
        this.packaged.keySet().removeIf(name -> !name.startsWith(PackagedRoutes.ENGINE));
    }

    private Map<String, Place> read() {
        Map<String, Place> places = new TreeMap<>();
        try {
            for (Map.Entry<String, byte[]> each : packaged.entrySet()) {
                RouteFile file = reader.read(each.getKey(), each.getValue());
                for (RouteText route : file.routes()) {
                    places.put(route.id(), new Place(file, route.line()));
                }
            }
        } catch (RoutesRejected e) {
            throw new IllegalStateException("Caravan's own route files cannot be read", e);
        }
        return places;
    }

    /**
     * Those that are missing, each as what is wrong with the file that has it as it is packaged.
     *
     * @param ids of all routes that there would be
     * @param files that there would be, by their names
     */
    List<RouteProblem> missingAmong(Set<String> ids, Map<String, RouteFile> files) {
        List<RouteProblem> missing = new ArrayList<>();
        all.get().forEach((id, place) -> {
            if (!ids.contains(id)) {
                RouteFile file = files.get(place.file.name());
                int lines = file == null ? 1 : (int) file.text().lines().count();
                missing.add(new RouteProblem(
                        place.file.name(),
                        Math.min(place.line, lines),
                        null,
                        id,
                        "is missing, and Caravan does not work without it; line " + place.line
                                + " of the file in the jar has it (--unpack DIR --all)"));
            }
        });
        return missing;
    }

    /** Those that a node with these roles runs and that do not run here: somebody has stopped or suspended them. */
    Set<String> stopped() {
        Set<String> stopped = new TreeSet<>();
        if (context.isStarted()) {
            stopped.addAll(ofThisNode.get());
            stopped.removeIf(this::isStarted);
        }
        return stopped;
    }

    boolean isStarted(String id) {
        return context.getRouteController().getRouteStatus(id) == ServiceStatus.Started;
    }

    /** By the precondition of each: it names a role. */
    private Set<String> included() {
        Set<String> included = new TreeSet<>();
        try {
            for (Map.Entry<String, byte[]> each : packaged.entrySet()) {
                RouteFile file = reader.read(each.getKey(), each.getValue());
                for (RouteDefinition route : RouteLoader.read(context, file.name(), file.text())) {
                    if (isIncluded(route.getPrecondition())) {
                        included.add(route.getId());
                    }
                }
            }
        } catch (Exception e) {
            throw new IllegalStateException("Caravan's own route files cannot be read", e);
        }
        return included;
    }

    private boolean isIncluded(String precondition) {
        if (precondition == null) {
            return true;
        }
        SimpleExpression expression = new SimpleExpression(precondition);
        expression.initPredicate(context);
        return expression.matches(new DefaultExchange(context));
    }
}
