package dev.caravan.routes;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.routes.RoutesSettings.Source;
import dev.caravan.routes.check.RouteLoader;
import dev.caravan.routes.figures.RouteFigures;
import dev.caravan.routes.files.PackagedRoutes;
import dev.caravan.routes.files.RouteFile;
import dev.caravan.routes.files.RouteFileReader;
import dev.caravan.routes.files.RouteText;
import dev.caravan.routes.guard.AllowedClasses;
import dev.caravan.routes.trial.TrialSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.camel.CamelContext;
import org.apache.camel.model.Model;
import org.apache.camel.model.RouteDefinition;
import org.springframework.util.unit.DataSize;

/** Texts of route files, and the settings to read them with. */
public final class Texts {
    private Texts() {}

    /** A route {@code id} from {@code direct:id} that answers something. */
    public static String route(String id, String answer) {
        return route(id, "direct:" + id, "setBody:\n            constant: " + answer);
    }

    public static String route(String id, String from, String step) {
        return """
                - route:
                    id: %s
                    routeConfigurationId: propagate
                    from:
                      uri: %s
                      steps:
                        - %s
                """
                .formatted(id, from, step);
    }

    public static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    /** A reader that knows no placeholders. */
    public static RouteFileReader reader(String... allowedClasses) {
        return new RouteFileReader(
                settings().maxFileSize().toBytes(), new AllowedClasses(Set.of(allowedClasses)), text -> text);
    }

    /** For an application without the beans that the engine calls. */
    public static PackagedRoutes withoutEngine() throws IOException {
        return new PackagedRoutes() {
            @Override
            public Map<String, byte[]> required() {
                return Map.of();
            }
        };
    }

    public static TrialSettings trialSettings() {
        return new TrialSettings(
                Set.of(),
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                2,
                100,
                DataSize.ofKilobytes(64),
                DataSize.ofMegabytes(64),
                DataSize.ofKilobytes(64));
    }

    public static RoutesSettings settings() {
        return settings(Path.of(""));
    }

    /** Of a node whose routes are those of the cluster, and may be written. */
    public static RoutesSettings ofCluster(Path directory, boolean approval) {
        return settings(Source.CLUSTER, directory, approval, true);
    }

    public static RoutesSettings settings(Path directory, String... allowedClasses) {
        return settings(Source.DIRECTORY, directory, false, false, allowedClasses);
    }

    private static RoutesSettings settings(
            Source source, Path directory, boolean approval, boolean writable, String... allowedClasses) {
        return new RoutesSettings(
                source,
                directory.toString(),
                Duration.ofSeconds(1),
                Duration.ofMinutes(1),
                DataSize.ofKilobytes(256),
                2000,
                3,
                Set.of(allowedClasses),
                Duration.ofSeconds(10),
                approval,
                writable);
    }

    /** Adds the routes of a file to a context, as revisions that run. */
    public static void run(CamelContext context, String name, String text) throws Exception {
        RouteFile file = reader().read(name, bytes(text));
        List<RouteDefinition> routes = RouteLoader.read(context, name, text);
        for (int i = 0; i < routes.size(); i++) {
            RouteText route = file.routes().get(i);
            routes.get(i).routePolicy(new RouteRevision(file, route, new RouteFigures(route.revision())));
        }
        context.getCamelContextExtension().getContextPlugin(Model.class).addRouteDefinitions(routes);
    }
}
