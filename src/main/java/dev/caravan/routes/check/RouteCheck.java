package dev.caravan.routes.check;

import static dev.caravan.routes.check.CheckedRoute.DIRECT;
import static dev.caravan.routes.check.CheckedRoute.model;

import dev.caravan.component.NoteCheck;
import dev.caravan.routes.files.RouteFile;
import dev.caravan.routes.files.RouteProblem;
import dev.caravan.routes.files.RouteText;
import dev.caravan.routes.files.RoutesRejected;
import dev.caravan.routes.guard.AllowedClasses;
import dev.caravan.routes.guard.ClassGuard;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.apache.camel.StartupSummaryLevel;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.impl.debugger.DefaultDebugger;
import org.apache.camel.model.RouteConfigurationDefinition;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.spi.PropertiesFunction;
import org.apache.camel.spi.PropertiesSource;
import org.apache.camel.support.DefaultRegistry;
import org.apache.camel.support.PluginHelper;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.ApplicationContext;

/**
 * Checks routes: builds them in a Camel context of their own, with the application's beans and properties but with nothing
 * started, and compares them with the routes that run. Whatever Camel finds wrong with a component, option, step, bean,
 * property, data format or expression, it finds here, before it touches anything that runs.
 */
public final class RouteCheck {
    /** The endpoint at which a route begins, in a text that Camel does not read. */
    private static final Pattern START =
            Pattern.compile("\\bfrom:[^\\n]*\\s+\\{?\\s*uri:\\s*[\"']?(direct:[^\\s\"'?,}]+)");

    private static final String HANDLER = "job-";
    /** Where the route of a schedule starts; what the endpoint is named for, its id is named for, too. */
    private static final String SCHEDULE = "schedule:";
    /** Its path is another operation's. */
    private static final String UNREACHABLE = "job-batch";
    /** How often a route is built again without the steps that were wrong. */
    private static final int MAX_MENDS = 20;

    private final CamelContext running;
    private final ApplicationContext application;
    private final AllowedClasses allowed;
    private final KnownNames names;
    private final RouteFailure failure;
    private final ObjectProvider<NoteCheck> notes;

    public RouteCheck(CamelContext running, ApplicationContext application, AllowedClasses allowed) {
        this.running = running;
        this.application = application;
        this.allowed = allowed;
        this.names = new KnownNames(running, application);
        this.failure = new RouteFailure(names);
        this.notes = application.getBeanProvider(NoteCheck.class);
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
            List<CheckedRoute> routes = new ArrayList<>();
            Set<String> left = new HashSet<>(in);
            for (RouteFile file : files) {
                for (RouteText route : file.routes()) {
                    if (left.remove(route.id())) {
                        build(scratch, file, route, starts, problems).ifPresent(routes::add);
                    }
                }
            }
            EndpointCheck endpoints = new EndpointCheck(running, scratch, names, out, problems);
            endpoints.checkStarts(routes);
            endpoints.checkCalls(routes, starts, whole);
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
            starts.add(CheckedRoute.path(start.group(1)));
        }
    }

    /**
     * Builds every step of a route, and starts none. When a step is wrong, the route is built again without it, so that all
     * problems are reported at once.
     *
     * @return the route, without the steps that are wrong; empty if nothing of it could be built
     */
    private Optional<CheckedRoute> build(
            DefaultCamelContext scratch,
            RouteFile file,
            RouteText text,
            Set<String> starts,
            List<RouteProblem> problems) {
        RouteSource whole = RouteSource.of(file, text);
        RouteSource source = whole;
        boolean checked = false;
        for (int mend = 0; mend <= MAX_MENDS; mend++) {
            RouteDefinition definition = null;
            try {
                definition = read(scratch, file, text, source);
                CheckedRoute route = new CheckedRoute(file.name(), text, whole, definition);
                if (!checked) {
                    checkRoute(route, problems);
                    checked = true;
                }
                // A route of another node's role is checked like all others.
                scratch.resolvePropertyPlaceholders(Objects.requireNonNullElse(definition.getPrecondition(), ""));
                definition.setPrecondition(null);
                scratch.startRouteDefinitions(List.of(definition));
                model(scratch).addRouteDefinition(definition);
                return Optional.of(route);
            } catch (Throwable e) { // a StackOverflowError too
                addStarts(source.text(), starts);
                RouteProblem problem = failure.of(file.name(), text.id(), source, text.line(), definition, e);
                Optional<RouteSource> without = source.withoutStepAt(problem.line());
                if (!problems.contains(problem)) {
                    problems.add(problem);
                }
                if (without.isEmpty() || problems.size() > RoutesRejected.MAX_PROBLEMS) {
                    break;
                }
                source = without.get();
            }
        }
        return Optional.empty();
    }

    /**
     * The routes of a file as Camel understands them, by their ids. Nothing is looked up for that.
     *
     * @throws RoutesRejected if Camel does not understand one
     */
    Map<String, String> models(RouteFile file) throws RoutesRejected {
        Map<String, String> models = new TreeMap<>();
        List<RouteProblem> problems = new ArrayList<>();
        try (DefaultCamelContext scratch = newContext()) {
            scratch.init();
            for (RouteText route : file.routes()) {
                RouteSource source = RouteSource.of(file, route);
                try {
                    RouteDefinition definition = read(scratch, file, route, source);
                    models.put(
                            route.id(),
                            PluginHelper.getModelToXMLDumper(scratch).dumpModelAsXml(scratch, definition));
                } catch (Throwable e) { // a StackOverflowError too
                    problems.add(failure.of(file.name(), route.id(), source, route.line(), null, e)
                            .excerptFrom(file.text()));
                }
            }
        } catch (Exception e) {
            problems.add(RouteFailure.of(file.name(), e));
        }
        if (!problems.isEmpty()) {
            throw new RoutesRejected(problems);
        }
        return models;
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
    private void checkRoute(CheckedRoute route, List<RouteProblem> problems) {
        RouteDefinition definition = route.definition();
        String policy = definition.getRouteConfigurationId();
        if (policy != null && model(running).getRouteConfigurationDefinition(policy) == null) {
            Set<String> known = model(running).getRouteConfigurationDefinitions().stream()
                    .map(RouteConfigurationDefinition::getId)
                    .collect(Collectors.toSet());
            problems.add(route.problem(policy, "there is no routeConfigurationId \"" + policy + "\"", known));
        }
        String id = route.text().id();
        String start = CheckedRoute.start(definition);
        if (id.startsWith(HANDLER) && !start.equals(DIRECT + id)) {
            problems.add(route.problem(
                    "from",
                    "the handler " + id + " must start at " + DIRECT + id + ", where its jobs come in, not at "
                            + start));
        }
        if (start.startsWith(SCHEDULE) && !start.replace(':', '-').equals(id)) {
            problems.add(route.problem(
                    "id", "a route that starts at " + start + " must have the id " + start.replace(':', '-')));
        }
        if (id.equals(UNREACHABLE)) {
            problems.add(route.problem(
                    UNREACHABLE, "no job comes to this handler: POST /jobs/batch is the bulk submission"));
        }
        String note = definition.getNote();
        if (note != null) {
            notes.forEach(check -> check.check(id, note)
                    .forEach(fault -> problems.add(route.problem(fault.word(), fault.reason(), fault.known()))));
        }
    }

    /** Lets routes of a context use what the application has for placeholders, such as <code>{{role:worker}}</code>. */
    public static void addFunctions(CamelContext context, ApplicationContext application) {
        application
                .getBeansOfType(PropertiesFunction.class, true, false)
                .values()
                .forEach(context.getPropertiesComponent()::addPropertiesFunction);
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
        addFunctions(scratch, application);
        ClassGuard.install(scratch, allowed);
        model(scratch).addRouteConfigurations(model(running).getRouteConfigurationDefinitions());
        return scratch;
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
