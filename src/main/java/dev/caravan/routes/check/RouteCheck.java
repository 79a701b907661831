package dev.caravan.routes.check;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caravan.node.Nearest;
import dev.caravan.routes.check.RouteSource.Place;
import dev.caravan.routes.files.RouteFile;
import dev.caravan.routes.files.RouteProblem;
import dev.caravan.routes.files.RouteText;
import dev.caravan.routes.files.RoutesRejected;
import dev.caravan.routes.guard.AllowedClasses;
import dev.caravan.routes.guard.ClassGuard;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
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
import org.apache.camel.StartupSummaryLevel;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.impl.debugger.DefaultDebugger;
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
import org.springframework.context.ApplicationContext;

/**
 * Checks routes: builds them in a Camel context of their own, with the application's beans and properties but with nothing
 * started, and compares them with the routes that run. Whatever Camel finds wrong with a component, option, step, bean,
 * property, data format or expression, it finds here, before it touches anything that runs.
 */
public final class RouteCheck {
    private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*):.*", Pattern.DOTALL);
    private static final Pattern BEAN_CALL = Pattern.compile("\\$\\{bean:(?!type:)([A-Za-z_][\\w-]*)");
    /** The endpoint at which a route begins, in a text that Camel does not read. */
    private static final Pattern START =
            Pattern.compile("\\bfrom:[^\\n]*\\s+\\{?\\s*uri:\\s*[\"']?(direct:[^\\s\"'?,}]+)");

    /** What a handler says of its payload, behind it an example in JSON. */
    private static final String EXAMPLE = "x-example:";

    private static final String HANDLER = "job-";
    private static final String DIRECT = "direct:";
    private static final ObjectMapper JSON = new ObjectMapper();
    /** How often a route is built again without the steps that were wrong. */
    private static final int MAX_MENDS = 20;

    private final CamelContext running;
    private final ApplicationContext application;
    private final Collection<PropertiesFunction> functions;
    private final AllowedClasses allowed;
    private final KnownNames names;
    private final RouteFailure failure;

    public RouteCheck(
            CamelContext running,
            ApplicationContext application,
            Collection<PropertiesFunction> functions,
            AllowedClasses allowed) {
        this.running = running;
        this.application = application;
        this.functions = functions;
        this.allowed = allowed;
        this.names = new KnownNames(running, application);
        this.failure = new RouteFailure(names);
    }

    /**
     * @param files the files with routes that are new or changed
     * @param in ids of those routes
     * @param out the running routes that would be removed or replaced: their files by their ids
     * @param broken texts that cannot even be read: what begins in them counts as there
     * @param whole whether these are all files, so that whatever is in Java must find in them what it calls
     * @return what is wrong, in every route; empty if nothing is
     */
    public List<RouteProblem> check(
            Collection<RouteFile> files,
            Set<String> in,
            Map<String, String> out,
            Collection<String> broken,
            boolean whole) {
        List<RouteProblem> problems = new ArrayList<>();
        try (DefaultCamelContext scratch = newContext()) {
            scratch.init();
            Set<String> starts = new HashSet<>();
            broken.forEach(text -> addStarts(text, starts));
            Set<String> left = new HashSet<>(in);
            for (RouteFile file : files) {
                for (RouteText route : file.routes()) {
                    if (left.remove(route.id())) {
                        build(scratch, file, route, starts, problems);
                    }
                }
            }
            checkEndpoints(scratch, files, out, problems);
            checkCalls(scratch, files, out, starts, whole, problems);
        } catch (Throwable e) {
            String file = files.isEmpty()
                    ? String.join(", ", new TreeSet<>(out.values()))
                    : files.iterator().next().name();
            problems.add(RouteFailure.of(file, e));
        }
        return problems;
    }

    private static void addStarts(String text, Set<String> starts) {
        Matcher start = START.matcher(text);
        while (start.find()) {
            starts.add(path(start.group(1)));
        }
    }

    /**
     * Builds every step of a route, and starts none. When a step is wrong, the route is built again without it, so that all
     * problems are reported at once.
     */
    private void build(
            DefaultCamelContext scratch,
            RouteFile file,
            RouteText route,
            Set<String> starts,
            List<RouteProblem> problems) {
        RouteSource source = RouteSource.of(file, route);
        boolean checked = false;
        for (int mend = 0; mend <= MAX_MENDS; mend++) {
            RouteDefinition definition = null;
            try {
                definition = read(scratch, file, route, source);
                if (!checked) {
                    checkRoute(file, route, source, definition, problems);
                    checked = true;
                }
                // A route of another node's role is checked like all others.
                scratch.resolvePropertyPlaceholders(Objects.requireNonNullElse(definition.getPrecondition(), ""));
                definition.setPrecondition(null);
                scratch.startRouteDefinitions(List.of(definition));
                model(scratch).addRouteDefinition(definition);
                return;
            } catch (Throwable e) { // a StackOverflowError too
                addStarts(source.text(), starts);
                RouteProblem problem = failure.of(file.name(), route.id(), source, route.line(), definition, e);
                Optional<RouteSource> without = source.withoutStepAt(problem.line());
                if (!problems.contains(problem)) {
                    problems.add(problem);
                }
                if (without.isEmpty() || problems.size() > RoutesRejected.MAX_PROBLEMS) {
                    return;
                }
                source = without.get();
            }
        }
    }

    /** A route that could be built, and did not start. */
    public RouteProblem failed(RouteFile file, RouteText route, Throwable e) {
        return failure.of(file.name(), route.id(), RouteSource.of(file, route), route.line(), null, e);
    }

    private static RouteDefinition read(CamelContext scratch, RouteFile file, RouteText route, RouteSource source)
            throws Exception {
        for (RouteDefinition definition : RouteLoader.read(scratch, file.name(), source.text())) {
            if (route.id().equals(definition.getId())) {
                return definition;
            }
        }
        throw new IllegalArgumentException("Camel finds no route of this id");
    }

    /** What Camel does not mind, and what does not work all the same. */
    private void checkRoute(
            RouteFile file,
            RouteText route,
            RouteSource source,
            RouteDefinition definition,
            List<RouteProblem> problems) {
        String policy = definition.getRouteConfigurationId();
        if (policy != null && model(running).getRouteConfigurationDefinition(policy) == null) {
            Set<String> known = model(running).getRouteConfigurationDefinitions().stream()
                    .map(RouteConfigurationDefinition::getId)
                    .collect(Collectors.toSet());
            problems.add(at(file, route, source, policy, "there is no routeConfigurationId \"" + policy + "\"", known));
        }
        String start = path(definition.getInput().getEndpointUri());
        if (route.id().startsWith(HANDLER) && !start.equals(DIRECT + route.id())) {
            problems.add(at(
                    file,
                    route,
                    source,
                    "from",
                    "the handler " + route.id() + " must start at " + DIRECT + route.id()
                            + ", where its jobs come in, not at " + start,
                    Set.of()));
        }
        String note = definition.getNote();
        if (note != null && note.startsWith(EXAMPLE) && !isJson(note.substring(EXAMPLE.length()))) {
            problems.add(at(file, route, source, EXAMPLE, "the text behind " + EXAMPLE + " is not JSON", Set.of()));
        }
    }

    private static boolean isJson(String text) {
        try {
            return !text.isBlank() && JSON.readTree(text) != null;
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    private DefaultCamelContext newContext() {
        DefaultCamelContext scratch = new DefaultCamelContext(new DefaultRegistry(new SharedBeans(application)));
        scratch.disableJMX();
        // No start-up summary and no debugger: this context never starts.
        scratch.setStartupSummaryLevel(StartupSummaryLevel.Off);
        scratch.setDebugger(new DefaultDebugger());
        scratch.setAutoStartup(false);
        scratch.setApplicationContextClassLoader(running.getApplicationContextClassLoader());
        scratch.setStreamCaching(running.isStreamCaching());
        scratch.getPropertiesComponent().addPropertiesSource(new RunningProperties(running));
        functions.forEach(scratch.getPropertiesComponent()::addPropertiesFunction);
        ClassGuard.install(scratch, allowed);
        Model model = model(scratch);
        model.addRouteConfigurations(model(running).getRouteConfigurationDefinitions());
        return scratch;
    }

    private void checkEndpoints(
            CamelContext scratch, Collection<RouteFile> files, Map<String, String> out, List<RouteProblem> problems) {
        Map<String, String> consumed = new HashMap<>();
        for (Route route : running.getRoutes()) {
            if (!out.containsKey(route.getId())) {
                consumed.put(place(route.getEndpoint()), route.getId());
            }
        }
        forEach(scratch, files, (file, text, definition) -> {
            Endpoint endpoint = scratch.getEndpoint(endpointOf(scratch, definition));
            boolean shared = endpoint instanceof MultipleConsumersSupport many && many.isMultipleConsumersSupported();
            String other = consumed.put(place(endpoint), text.id());
            if (other != null && !shared) {
                String reason =
                        "starts at " + endpoint.getEndpointUri() + ", where the route " + other + " starts already";
                problems.add(at(file, text, RouteSource.of(file, text), "from", reason, Set.of()));
            }
        });
    }

    /** What only one consumer can have; of {@code direct:} that is the name, whatever the options. */
    private static String place(Endpoint endpoint) {
        String key = endpoint.getEndpointKey();
        return key.startsWith(DIRECT) ? path(key) : key;
    }

    private static String endpointOf(CamelContext scratch, RouteDefinition definition) {
        return scratch.resolvePropertyPlaceholders(definition.getInput().getEndpointUri());
    }

    /** Nobody may call a {@code direct:} endpoint at which, after the change, no route starts. */
    private void checkCalls(
            CamelContext scratch,
            Collection<RouteFile> files,
            Map<String, String> out,
            Set<String> starts,
            boolean whole,
            List<RouteProblem> problems) {
        List<RouteDefinition> staying = model(running).getRouteDefinitions().stream()
                .filter(route -> !out.containsKey(route.getId()))
                .toList();
        staying.forEach(route -> starts.add(path(route.getInput().getEndpointUri())));
        model(scratch)
                .getRouteDefinitions()
                .forEach(route -> starts.add(path(route.getInput().getEndpointUri())));
        forEach(scratch, files, (file, text, definition) -> {
            RouteSource source = RouteSource.of(file, text);
            for (String call : calls(definition.getOutputs())) {
                if (call.startsWith(DIRECT) && !starts.contains(path(call))) {
                    String reason = "calls " + path(call) + ", where no route starts";
                    problems.add(at(file, text, source, path(call), reason, starts));
                }
            }
            for (ToDynamicDefinition call : outputs(definition.getOutputs(), ToDynamicDefinition.class)) {
                checkDynamic(scratch, file, text, source, call.getUri(), problems);
            }
            checkBeanCalls(file, text, source, problems);
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

    private void checkDynamic(
            CamelContext scratch,
            RouteFile file,
            RouteText text,
            RouteSource source,
            String uri,
            List<RouteProblem> problems) {
        Matcher scheme = SCHEME.matcher(uri == null ? "" : uri);
        if (!scheme.matches()) {
            String reason = "toD must begin with a scheme that is fixed, such as direct:, not " + uri;
            problems.add(at(file, text, source, "toD", reason, Set.of()));
        } else if (scratch.getComponent(scheme.group(1)) == null) {
            String name = scheme.group(1);
            problems.add(at(file, text, source, name, "unknown component \"" + name + "\"", names.components()));
        }
    }

    /** Simple looks a bean up when it is called, which is too late for us. */
    private void checkBeanCalls(RouteFile file, RouteText text, RouteSource source, List<RouteProblem> problems) {
        Matcher call = BEAN_CALL.matcher(source.text());
        while (call.find()) {
            String name = call.group(1);
            if (!application.containsBean(name)) {
                problems.add(at(file, text, source, name, "there is no bean \"" + name + "\"", names.beans()));
            }
        }
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

    /** Of an id that stands twice, the first is meant, as when the routes were built. */
    private static void forEach(CamelContext scratch, Collection<RouteFile> files, EachRoute action) {
        Set<String> seen = new HashSet<>();
        for (RouteFile file : files) {
            for (RouteText text : file.routes()) {
                RouteDefinition definition = model(scratch).getRouteDefinition(text.id());
                if (definition != null && seen.add(text.id())) {
                    action.accept(file, text, definition);
                }
            }
        }
    }

    private static Model model(CamelContext context) {
        return context.getCamelContextExtension().getContextPlugin(Model.class);
    }

    /**
     * @param word what is wrong, as it stands in the text
     * @param known what could have been meant
     */
    private static RouteProblem at(
            RouteFile file, RouteText route, RouteSource source, String word, String reason, Collection<String> known) {
        Optional<Place> place = source.find(word, route.line());
        return new RouteProblem(
                file.name(),
                place.map(Place::line).orElse(route.line()),
                place.map(Place::column).orElse(null),
                route.id(),
                reason,
                null,
                Nearest.to(word, known));
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
