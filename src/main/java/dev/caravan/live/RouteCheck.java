package dev.caravan.live;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.MultipleConsumersSupport;
import org.apache.camel.Route;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.model.Model;
import org.apache.camel.model.ProcessorDefinition;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.model.RouteConfigurationDefinition;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.SendDefinition;
import org.apache.camel.model.ToDynamicDefinition;
import org.apache.camel.spi.PropertiesFunction;
import org.apache.camel.spi.PropertiesSource;
import org.apache.camel.support.DefaultRegistry;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.springframework.context.ApplicationContext;

/**
 * Tries routes out: builds them in a Camel context of their own, with the application's beans and properties but with
 * nothing started, and looks at how they would fit among those that run. Whatever Camel finds wrong with a component,
 * option, step, bean, property, data format or expression, it finds here, where it costs nothing.
 */
final class RouteCheck {
    private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*):.*", Pattern.DOTALL);
    private static final Pattern BEAN_CALL = Pattern.compile("\\$\\{bean:(?!type:)([A-Za-z_][\\w-]*)");
    private static final Pattern AT_LINE = Pattern.compile("line:? (\\d+)(?:,? column:? (\\d+))?");
    private static final String DIRECT = "direct:";
    private static final int CAUSES = 16;

    private final CamelContext running;
    private final ApplicationContext application;
    private final Collection<PropertiesFunction> functions;
    private final AllowedClasses allowed;

    RouteCheck(
            CamelContext running,
            ApplicationContext application,
            Collection<PropertiesFunction> functions,
            AllowedClasses allowed) {
        this.running = running;
        this.application = application;
        this.functions = functions;
        this.allowed = allowed;
    }

    /**
     * @param files the files with routes that are new or changed
     * @param in ids of those routes
     * @param out the running routes that would be removed or replaced: their files by their ids
     * @param whole whether these are all files, so that whatever is in Java must find in them what it calls
     * @return what is wrong; empty if nothing is
     */
    List<RouteProblem> check(Collection<RouteFile> files, Set<String> in, Map<String, String> out, boolean whole) {
        List<RouteProblem> problems = new ArrayList<>();
        try (DefaultCamelContext trial = trial()) {
            for (RouteFile file : files) {
                Map<String, RouteText> byId = file.byId();
                List<RouteText> routes = file.routes().stream()
                        .filter(route -> in.contains(route.id()))
                        .toList();
                if (routes.isEmpty()) {
                    continue;
                }
                try {
                    for (RouteDefinition route : RouteLoader.read(trial, file.name(), file.text())) {
                        if (in.contains(route.getId())) {
                            // A route of another node's role is checked like all others.
                            trial.resolvePropertyPlaceholders(Objects.requireNonNullElse(route.getPrecondition(), ""));
                            route.setPrecondition(null);
                            model(trial).addRouteDefinition(route);
                        }
                    }
                } catch (Throwable e) { // a StackOverflowError too
                    problems.add(problem(file, null, e));
                }
                checkPolicies(trial, file, byId, problems);
            }
            if (problems.isEmpty()) {
                build(trial, files, in, problems);
            }
            if (problems.isEmpty()) {
                checkEndpoints(trial, files, out, problems);
                checkCalls(trial, files, out, whole, problems);
            }
        } catch (Throwable e) {
            problems.add(
                    files.isEmpty()
                            ? RouteProblem.of(
                                    String.join(", ", new TreeSet<>(out.values())), "could not be checked: " + e)
                            : problem(files.iterator().next(), null, e));
        }
        return problems;
    }

    private DefaultCamelContext trial() {
        DefaultCamelContext trial = new DefaultCamelContext(new DefaultRegistry(new SharedBeans(application)));
        trial.disableJMX();
        trial.setAutoStartup(false);
        trial.setApplicationContextClassLoader(running.getApplicationContextClassLoader());
        trial.setStreamCaching(running.isStreamCaching());
        trial.getPropertiesComponent().addPropertiesSource(new RunningProperties(running));
        functions.forEach(trial.getPropertiesComponent()::addPropertiesFunction);
        ClassGuard.install(trial, allowed);
        Model model = model(trial);
        model.addRouteConfigurations(model(running).getRouteConfigurationDefinitions());
        return trial;
    }

    private void checkPolicies(
            CamelContext trial, RouteFile file, Map<String, RouteText> byId, List<RouteProblem> problems) {
        for (RouteDefinition route : model(trial).getRouteDefinitions()) {
            RouteText text = byId.get(route.getId());
            String policy = route.getRouteConfigurationId();
            if (text != null && policy != null && model(running).getRouteConfigurationDefinition(policy) == null) {
                problems.add(at(file, text, "there is no routeConfigurationId \"" + policy + "\""));
            }
        }
    }

    /** Makes every step of the routes; starts none. */
    private static void build(
            DefaultCamelContext trial, Collection<RouteFile> files, Set<String> in, List<RouteProblem> problems) {
        try {
            trial.init();
        } catch (Throwable e) {
            String message = chain(e);
            for (RouteFile file : files) {
                for (RouteText route : file.routes()) {
                    if (in.contains(route.id()) && names(message, route.id())) {
                        problems.add(problem(file, route, e));
                        return;
                    }
                }
            }
            problems.add(problem(files.iterator().next(), null, e));
        }
    }

    private static boolean names(String message, String id) {
        return Pattern.compile("(?<![A-Za-z0-9._-])" + Pattern.quote(id) + "(?![A-Za-z0-9._-])")
                .matcher(message)
                .find();
    }

    private void checkEndpoints(
            CamelContext trial, Collection<RouteFile> files, Map<String, String> out, List<RouteProblem> problems) {
        Map<String, String> consumed = new HashMap<>();
        for (Route route : running.getRoutes()) {
            if (!out.containsKey(route.getId())) {
                consumed.put(place(route.getEndpoint()), route.getId());
            }
        }
        forEach(trial, files, (file, text, definition) -> {
            Endpoint endpoint = trial.getEndpoint(endpointOf(trial, definition));
            boolean shared = endpoint instanceof MultipleConsumersSupport many && many.isMultipleConsumersSupported();
            String other = consumed.put(place(endpoint), text.id());
            if (other != null && !shared) {
                problems.add(at(
                        file,
                        text,
                        "starts at " + endpoint.getEndpointUri() + ", where the route " + other + " starts already"));
            }
        });
    }

    /** What only one consumer can have; of {@code direct:} that is the name, whatever the options. */
    private static String place(Endpoint endpoint) {
        String key = endpoint.getEndpointKey();
        return key.startsWith(DIRECT) ? path(key) : key;
    }

    private static String endpointOf(CamelContext trial, RouteDefinition definition) {
        return trial.resolvePropertyPlaceholders(definition.getInput().getEndpointUri());
    }

    /** Nobody may call a {@code direct:} endpoint at which, after the change, no route starts. */
    private void checkCalls(
            CamelContext trial,
            Collection<RouteFile> files,
            Map<String, String> out,
            boolean whole,
            List<RouteProblem> problems) {
        List<RouteDefinition> staying = model(running).getRouteDefinitions().stream()
                .filter(route -> !out.containsKey(route.getId()))
                .toList();
        Set<String> starts = new HashSet<>();
        staying.forEach(route -> starts.add(path(route.getInput().getEndpointUri())));
        model(trial)
                .getRouteDefinitions()
                .forEach(route -> starts.add(path(route.getInput().getEndpointUri())));
        forEach(trial, files, (file, text, definition) -> {
            for (String call : calls(definition.getOutputs())) {
                if (call.startsWith(DIRECT) && !starts.contains(path(call))) {
                    problems.add(at(file, text, "calls " + path(call) + ", where no route starts"));
                }
            }
            for (ToDynamicDefinition call : outputs(definition.getOutputs(), ToDynamicDefinition.class)) {
                checkDynamic(trial, file, text, call.getUri(), problems);
            }
            checkBeanCalls(file, text, problems);
        });
        Predicate<String> missing = call -> call.startsWith(DIRECT) && !starts.contains(path(call));
        for (RouteDefinition route : staying) {
            calls(route.getOutputs()).stream()
                    .filter(missing)
                    .forEach(call -> gone("the route " + route.getId(), call, out, whole, problems));
        }
        for (RouteConfigurationDefinition policy : model(running).getRouteConfigurationDefinitions()) {
            calls(new ArrayList<ProcessorDefinition<?>>(policy.getOnExceptions())).stream()
                    .filter(missing)
                    .forEach(call -> gone("the policy " + policy.getId(), call, out, whole, problems));
        }
    }

    /** Reports a call into the void, if it is this change that takes the endpoint away, or if all files are there. */
    private void gone(String caller, String call, Map<String, String> out, boolean whole, List<RouteProblem> problems) {
        String reason = caller + " calls " + path(call) + ", where no route starts";
        for (RouteDefinition route : model(running).getRouteDefinitions()) {
            String file = out.get(route.getId());
            if (file != null && path(route.getInput().getEndpointUri()).equals(path(call))) {
                problems.add(RouteProblem.of(file, reason + " any more"));
                return;
            }
        }
        if (whole) {
            problems.add(RouteProblem.of("(no file)", reason));
        }
    }

    private static void checkDynamic(
            CamelContext trial, RouteFile file, RouteText text, String uri, List<RouteProblem> problems) {
        Matcher scheme = SCHEME.matcher(uri == null ? "" : uri);
        if (!scheme.matches()) {
            problems.add(at(file, text, "toD must begin with a scheme that is fixed, such as direct:, not " + uri));
        } else if (trial.getComponent(scheme.group(1)) == null) {
            problems.add(at(file, text, "there is no component " + scheme.group(1) + ", which toD names"));
        }
    }

    /** Simple looks a bean up when it is called, which is too late for us. */
    private void checkBeanCalls(RouteFile file, RouteText text, List<RouteProblem> problems) {
        Matcher call = BEAN_CALL.matcher(textOf(file, text));
        while (call.find()) {
            if (!application.containsBean(call.group(1))) {
                problems.add(at(file, text, "there is no bean " + call.group(1)));
            }
        }
    }

    /** The lines of one route. */
    private static String textOf(RouteFile file, RouteText route) {
        List<String> lines = file.text().lines().toList();
        int end = file.routes().stream()
                .mapToInt(other -> other.line() - 1)
                .filter(line -> line > route.line() - 1)
                .min()
                .orElse(lines.size());
        return String.join("\n", lines.subList(route.line() - 1, end));
    }

    private static Set<String> calls(List<ProcessorDefinition<?>> outputs) {
        return outputs(outputs, SendDefinition.class).stream()
                .map(SendDefinition::getEndpointUri)
                .map(String::valueOf)
                .collect(Collectors.toSet());
    }

    private static <T> Collection<T> outputs(List<ProcessorDefinition<?>> outputs, Class<T> type) {
        return ProcessorDefinitionHelper.filterTypeInOutputs(outputs, type);
    }

    private static String path(String uri) {
        int query = uri.indexOf('?');
        return (query < 0 ? uri : uri.substring(0, query)).replace("://", ":");
    }

    @FunctionalInterface
    private interface EachRoute {
        void accept(RouteFile file, RouteText text, RouteDefinition definition);
    }

    private static void forEach(CamelContext trial, Collection<RouteFile> files, EachRoute action) {
        for (RouteFile file : files) {
            for (RouteText text : file.routes()) {
                RouteDefinition definition = model(trial).getRouteDefinition(text.id());
                if (definition != null) {
                    action.accept(file, text, definition);
                }
            }
        }
    }

    private static Model model(CamelContext context) {
        return context.getCamelContextExtension().getContextPlugin(Model.class);
    }

    private static RouteProblem at(RouteFile file, RouteText route, String reason) {
        return new RouteProblem(file.name(), route.line(), null, route.id(), reason);
    }

    /** What Camel says of a failure, with the place if it says that too. */
    static RouteProblem problem(RouteFile file, RouteText route, Throwable failure) {
        Integer line = route == null ? null : route.line();
        Integer column = null;
        Throwable cause = failure;
        String reason = null;
        for (int i = 0; i < CAUSES && cause != null; i++) {
            if (cause instanceof MarkedYamlEngineException yaml
                    && yaml.getProblemMark().isPresent()) {
                Mark mark = yaml.getProblemMark().get();
                line = mark.getLine() + 1;
                column = mark.getColumn() + 1;
                reason = yaml.getProblem();
            } else if (cause.getMessage() != null) {
                Matcher at = AT_LINE.matcher(cause.getMessage());
                if (at.find() && !(cause instanceof MarkedYamlEngineException)) {
                    line = Integer.valueOf(at.group(1));
                    column = at.group(2) == null ? null : Integer.valueOf(at.group(2));
                }
                reason = cause.getMessage();
            }
            cause = cause.getCause();
        }
        String words = reason == null ? failure.getClass().getSimpleName() : firstLine(reason);
        return new RouteProblem(file.name(), line, column, route == null ? null : route.id(), words);
    }

    private static String firstLine(String text) {
        String line = text.strip().lines().findFirst().orElse("");
        return line.length() <= 500 ? line : line.substring(0, 500) + "...";
    }

    private static String chain(Throwable failure) {
        StringBuilder messages = new StringBuilder();
        Throwable cause = failure;
        for (int i = 0; i < CAUSES && cause != null; i++) {
            messages.append(cause.getMessage()).append('\n');
            cause = cause.getCause();
        }
        return messages.toString();
    }

    /** Properties as the running context has them. */
    private record RunningProperties(CamelContext running) implements PropertiesSource {
        @Override
        public String getName() {
            return "running";
        }

        @Override
        public String getProperty(String name) {
            return running.getPropertiesComponent().resolveProperty(name).orElse(null);
        }
    }
}
