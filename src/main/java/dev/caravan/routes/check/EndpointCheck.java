package dev.caravan.routes.check;

import static dev.caravan.routes.check.CheckedRoute.DIRECT;
import static dev.caravan.routes.check.CheckedRoute.model;
import static dev.caravan.routes.check.CheckedRoute.outputs;
import static dev.caravan.routes.check.CheckedRoute.path;
import static dev.caravan.routes.check.CheckedRoute.start;

import dev.caravan.routes.files.RouteProblem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.MultipleConsumersSupport;
import org.apache.camel.Route;
import org.apache.camel.model.ProcessorDefinition;
import org.apache.camel.model.RouteConfigurationDefinition;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.SendDefinition;
import org.apache.camel.model.ToDynamicDefinition;

/** Checks that routes fit together: no two start at one endpoint, and what they call is there. */
final class EndpointCheck {
    private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*):.*", Pattern.DOTALL);
    private static final String STOMP = "stomp:";
    private static final Pattern BRACES = Pattern.compile("(\\{|%7B)\\w+(}|%7D)");
    private static final Pattern BEAN_CALL = Pattern.compile("\\$\\{bean:(?!type:)([A-Za-z_][\\w-]*)");

    private final CamelContext running;
    private final CamelContext scratch;
    private final KnownNames names;
    private final Map<String, String> out;
    private final List<RouteProblem> problems;

    /**
     * @param scratch the context in which the new routes were built
     * @param out the running routes that would be removed or replaced: their files by their ids
     * @param problems gets what is wrong
     */
    EndpointCheck(
            CamelContext running,
            CamelContext scratch,
            KnownNames names,
            Map<String, String> out,
            List<RouteProblem> problems) {
        this.running = running;
        this.scratch = scratch;
        this.names = names;
        this.out = out;
        this.problems = problems;
    }

    void checkStarts(List<CheckedRoute> routes) {
        Map<String, String> consumed = new HashMap<>();
        for (Route route : running.getRoutes()) {
            if (!out.containsKey(route.getId())) {
                consumed.put(place(route.getEndpoint()), route.getId());
            }
        }
        for (CheckedRoute route : routes) {
            Endpoint endpoint = scratch.getEndpoint(scratch.resolvePropertyPlaceholders(
                    route.definition().getInput().getEndpointUri()));
            boolean shared = endpoint instanceof MultipleConsumersSupport many && many.isMultipleConsumersSupported();
            String other = consumed.put(place(endpoint), route.text().id());
            if (other != null && !shared) {
                problems.add(route.problem(
                        "from",
                        "starts at " + endpoint.getEndpointUri() + ", where the route " + other + " starts already"));
            }
        }
    }

    /**
     * What only one consumer can have; of {@code direct:} that is the name, whatever the options, and of {@code stomp:} the
     * destination, whatever the names in braces are.
     */
    private static String place(Endpoint endpoint) {
        String key = endpoint.getEndpointKey();
        if (key.startsWith(STOMP)) {
            return BRACES.matcher(path(key)).replaceAll("{}");
        }
        return key.startsWith(DIRECT) ? path(key) : key;
    }

    /**
     * Nobody may call a {@code direct:} endpoint at which, after the change, no route starts.
     *
     * @param starts where routes start that are not built, since their texts cannot be read; gets those of all others
     * @param whole whether {@code routes} are all there are, so that whatever is in Java must find in them what it calls
     */
    void checkCalls(List<CheckedRoute> routes, Set<String> starts, boolean whole) {
        List<RouteDefinition> staying = model(running).getRouteDefinitions().stream()
                .filter(route -> !out.containsKey(route.getId()))
                .toList();
        staying.forEach(route -> starts.add(start(route)));
        routes.forEach(route -> starts.add(start(route.definition())));
        for (CheckedRoute route : routes) {
            List<ProcessorDefinition<?>> steps = route.definition().getOutputs();
            missing(steps, starts)
                    .forEach(call ->
                            problems.add(route.problem(call, "calls " + call + ", where no route starts", starts)));
            outputs(steps, ToDynamicDefinition.class).forEach(call -> checkDynamic(route, call.getUri()));
            checkBeanCalls(route);
        }
        for (RouteDefinition route : staying) {
            missing(route.getOutputs(), starts).forEach(call -> gone("the route " + route.getId(), call, whole));
        }
        for (RouteConfigurationDefinition policy : model(running).getRouteConfigurationDefinitions()) {
            missing(new ArrayList<>(policy.getOnExceptions()), starts)
                    .forEach(call -> gone("the policy " + policy.getId(), call, whole));
        }
    }

    /** The endpoints that these steps call and where no route starts. */
    private static Stream<String> missing(List<ProcessorDefinition<?>> steps, Set<String> starts) {
        return outputs(steps, SendDefinition.class).stream()
                .map(call -> path(String.valueOf(call.getEndpointUri())))
                .filter(call -> call.startsWith(DIRECT) && !starts.contains(call))
                .distinct();
    }

    /** Reports a call into the void, if it is this change that takes the endpoint away, or if all files are there. */
    private void gone(String caller, String call, boolean whole) {
        String reason = caller + " calls " + call + ", where no route starts";
        for (RouteDefinition route : model(running).getRouteDefinitions()) {
            String file = out.get(route.getId());
            if (file != null && start(route).equals(call)) {
                problems.add(RouteProblem.of(file, reason + " any more"));
                return;
            }
        }
        if (whole) {
            problems.add(RouteProblem.of("(no file)", reason));
        }
    }

    private void checkDynamic(CheckedRoute route, String uri) {
        Matcher scheme = SCHEME.matcher(uri == null ? "" : uri);
        if (!scheme.matches()) {
            problems.add(
                    route.problem("toD", "toD must begin with a scheme that is fixed, such as direct:, not " + uri));
        } else if (scratch.getComponent(scheme.group(1)) == null) {
            String name = scheme.group(1);
            problems.add(route.problem(name, "unknown component \"" + name + "\"", names.components()));
        }
    }

    /** Simple looks a bean up when it is called, which is too late for us. */
    private void checkBeanCalls(CheckedRoute route) {
        Matcher call = BEAN_CALL.matcher(route.source().text());
        while (call.find()) {
            String name = call.group(1);
            if (!names.hasBean(name)) {
                problems.add(route.problem(name, "there is no bean \"" + name + "\"", names.beans()));
            }
        }
    }
}
