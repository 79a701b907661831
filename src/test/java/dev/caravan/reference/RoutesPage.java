package dev.caravan.reference;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** {@code docs/reference/routes.md}, from the route files and the routes in Java. */
final class RoutesPage {
    private static final Path ROUTES = Path.of("src/main/resources/routes");
    private static final Pattern ROLE = Pattern.compile("\\{\\{role:(\\w+)}}");
    private static final Pattern IN_JAVA = Pattern.compile("from\\(\\s*(" + Sources.LITERALS
            + ")\\)\\s*\\.routeId\\(\\s*\"([^\"]+)\"\\)" + "\\s*\\.description\\(\\s*(" + Sources.LITERALS + ")");

    private static final Pattern POLICY =
            Pattern.compile("<li>(\\{@code [a-z-]+}): ((?:(?!<li>|</ul>|\\*/).)+)", Pattern.DOTALL);

    private RoutesPage() {}

    static String text() {
        StringBuilder page = new StringBuilder(
                """
                # Routes

                Every route that Caravan brings, by file. The files of `jobs/`, `events/` and `chat/` are yours to edit; `engine/` is the
                machinery. *Role* is what a node needs to run the route; without one, every node runs it. *Policy* is the route
                configuration that [handles its failures](#failure-policies).
                """);
        Map<String, String> files = new TreeMap<>();
        Sources.all(ROUTES, ".camel.yaml")
                .forEach((file, text) ->
                        files.put(ROUTES.relativize(file).toString().replace('\\', '/'), text));
        for (String folder : List.of("jobs/", "events/", "chat/", "engine/")) {
            files.forEach((file, text) -> {
                if (file.startsWith(folder)) {
                    append(page, file, text);
                }
            });
        }
        page.append("\n## In Java: the HTTP API\n\n| route | from | |\n|---|---|---|\n");
        Map<String, String> rows = new TreeMap<>();
        Sources.java().values().forEach(source -> {
            for (Matcher route = IN_JAVA.matcher(source); route.find(); ) {
                rows.put(
                        route.group(2),
                        "| `%s` | `%s` | %s |\n"
                                .formatted(
                                        route.group(2),
                                        Sources.text(route.group(1)),
                                        Sources.cell(Sources.text(route.group(3)))));
            }
        });
        rows.values().forEach(page::append);
        page.append("\n## Failure policies\n\n| policy | when the route fails |\n|---|---|\n");
        Sources.java().values().stream()
                .filter(source -> source.contains(" extends RouteConfigurationBuilder "))
                .flatMap(source -> POLICY.matcher(source).results())
                .map(found -> "| %s | %s |\n"
                        .formatted(
                                Sources.markdown(found.group(1)),
                                Sources.cell(Sources.markdown(found.group(2).replaceAll("\\n *\\*", " ")))))
                .sorted()
                .forEach(page::append);
        return page.toString();
    }

    private static void append(StringBuilder page, String file, String text) {
        page.append("\n## `").append(file).append("`\n\n| route | from | role | policy | |\n|---|---|---|---|---|\n");
        for (Object each : (List<?>) new Yaml(new SafeConstructor(new LoaderOptions())).load(text)) {
            if (((Map<?, ?>) each).get("route") instanceof Map<?, ?> route) {
                String roles = ROLE.matcher(string(route, "precondition"))
                        .results()
                        .map(role -> "`" + role.group(1) + "`")
                        .collect(Collectors.joining(" or "));
                String policy = string(route, "routeConfigurationId");
                page.append("| `%s` | `%s` | %s | %s | %s |\n"
                        .formatted(
                                route.get("id"),
                                from((Map<?, ?>) route.get("from")),
                                roles,
                                policy.isEmpty() ? "" : "`" + policy + "`",
                                Sources.cell(string(route, "description"))));
            }
        }
    }

    /** The endpoint, with the queue that it takes from, or how often it fires. */
    private static String from(Map<?, ?> from) {
        String uri = string(from, "uri");
        if (from.get("parameters") instanceof Map<?, ?> parameters) {
            for (String name : List.of("queues", "period")) {
                if (parameters.get(name) != null) {
                    uri += "?" + name + "=" + parameters.get(name);
                }
            }
        }
        return uri;
    }

    private static String string(Map<?, ?> map, String key) {
        return map.get(key) == null ? "" : map.get(key).toString();
    }
}
