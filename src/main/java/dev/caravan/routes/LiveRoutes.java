package dev.caravan.routes;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.component.RouteRevisions;
import dev.caravan.routes.check.RouteCheck;
import dev.caravan.routes.check.RouteFailure;
import dev.caravan.routes.check.RouteFormat;
import dev.caravan.routes.check.RouteLoader;
import dev.caravan.routes.figures.RevisionFigures;
import dev.caravan.routes.figures.RouteFigures;
import dev.caravan.routes.files.RouteFile;
import dev.caravan.routes.files.RouteFileReader;
import dev.caravan.routes.files.RouteProblem;
import dev.caravan.routes.files.RouteText;
import dev.caravan.routes.files.RoutesHistory;
import dev.caravan.routes.files.RoutesRejected;
import dev.caravan.routes.guard.AllowedClasses;
import dev.caravan.routes.guard.ClassGuard;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.model.Model;
import org.apache.camel.model.RouteDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationContext;

/**
 * The routes that can be edited while they run. A change of files is a transaction: it is checked before it touches
 * anything; then only the routes that really differ are replaced; and if one of them does not start, all that ran
 * before runs again. Changes come one at a time; reading is possible at any time. Thread-safe.
 */
public final class LiveRoutes {
    /** How many names a log line has at the most. */
    private static final int FEW = 5;
    /** Of how many earlier revisions of a route the figures are kept. */
    private static final int EARLIER = 2;

    private static final Logger LOG = LoggerFactory.getLogger(LiveRoutes.class);

    private final CamelContext context;
    private final RouteFileReader reader;
    private final RouteCheck check;
    private final RouteFormat format;
    private final RouteDrain drain;
    private final RoutesHistory history;
    private final Map<String, byte[]> packaged;
    private final EngineRoutes engine;
    private final ConcurrentMap<String, RouteRevision> running = new ConcurrentHashMap<>();
    /** The figures of the last revisions, newest first, by the ids of the routes of the accepted files. */
    private final ConcurrentMap<String, List<RouteFigures>> figures = new ConcurrentHashMap<>();

    private final Set<String> replaced = ConcurrentHashMap.newKeySet();
    private final Set<String> removed = ConcurrentHashMap.newKeySet();
    private volatile Map<String, RouteFile> files = Map.of();
    /**
     * The latest one that passed, or null: to check is most of what a change costs, and a publication is checked before all nodes
     * swap it in.
     */
    private Plan checked;

    private final LongAdder accepted = new LongAdder();
    private final LongAdder rejected = new LongAdder();

    /**
     * @param packaged Caravan's own texts by the names of their files: a file that clashes with one of these is rejected
     * @param required those that a node does not run without
     */
    LiveRoutes(
            CamelContext context,
            ApplicationContext application,
            RoutesSettings settings,
            RouteDrain drain,
            RoutesHistory history,
            Map<String, byte[]> packaged,
            Map<String, byte[]> required) {
        AllowedClasses allowed = new AllowedClasses(settings.allowedClasses());
        ClassGuard.install(context, allowed);
        RouteCheck.addFunctions(context, application);
        this.context = context;
        this.reader =
                new RouteFileReader(settings.maxFileSize().toBytes(), allowed, context::resolvePropertyPlaceholders);
        this.check = new RouteCheck(context, application, allowed);
        this.format = new RouteFormat(check, reader);
        this.drain = drain;
        this.history = history;
        this.packaged = packaged;
        this.engine = new EngineRoutes(context, reader, required);
        context.getRegistry().bind(RouteRevisions.REPLACED, replaced);
        context.getRegistry().bind(RouteRevisions.REMOVED, removed);
    }

    /** The accepted files by name: what runs now. */
    public Map<String, RouteFile> files() {
        return files;
    }

    /** The running revisions of live routes, by route id. */
    public Map<String, RouteRevision> running() {
        return Collections.unmodifiableMap(running);
    }

    /** The live routes that have figures: also one that is being replaced at this moment. */
    Set<String> withFigures() {
        return Collections.unmodifiableSet(figures.keySet());
    }

    /** The figures of the revisions of a live route, newest first: the one that runs, and a few before it; none if there is no such route. */
    public List<RevisionFigures> figures(String id) {
        return figures.getOrDefault(id, List.of()).stream()
                .map(RouteFigures::now)
                .toList();
    }

    /** The ids of Caravan's own routes that do not run here although a node of these roles needs them. */
    Set<String> stopped() {
        Set<String> stopped = new TreeSet<>(engine.stopped());
        stopped.removeIf(id -> replaced.contains(id) || engine.isStarted(id)); // it was replaced a moment ago
        return stopped;
    }

    /** Those of the files that were found whose text is not the accepted one or does not run; null for each accepted file that is missing. */
    Map<String, byte[]> pending(Map<String, byte[]> found) {
        Map<String, byte[]> pending = new TreeMap<>();
        Map<String, RouteFile> accepted = files;
        found.forEach((name, bytes) -> {
            RouteFile file = accepted.get(name);
            if (file == null || !Arrays.equals(bytes, file.bytes()) || !runs(file)) {
                pending.put(name, bytes);
            }
        });
        for (String name : accepted.keySet()) {
            if (!found.containsKey(name)) {
                pending.put(name, null);
            }
        }
        return pending;
    }

    private boolean runs(RouteFile file) {
        return file.routes().stream().allMatch(route -> running.containsKey(route.id()));
    }

    /** Adds routes before the Camel context starts, unchecked: they are packaged, or were checked a moment ago. */
    synchronized void adopt(Map<String, byte[]> found) throws Exception {
        Plan plan = new Plan(found);
        plan.rejectIfProblems();
        add(plan.changedFiles(), plan.in, Map.of());
        keepFigures(plan.change);
        accept(plan, RoutesHistory.AT_START);
    }

    /** What a change would do; does not make it. */
    synchronized RoutesChange check(Map<String, byte[]> changes) throws RoutesRejected {
        return checked(changes, false).change;
    }

    /**
     * The same file in one layout.
     *
     * @throws RoutesRejected if Camel cannot read it, or would read something else then
     */
    String format(String name, byte[] text) throws RoutesRejected {
        return format.format(name, text);
    }

    /** The files of a change that would be accepted, by name; it is not made. */
    synchronized Map<String, RouteFile> checkedFiles(Map<String, byte[]> changes) throws RoutesRejected {
        Map<String, RouteFile> checked = new TreeMap<>(checked(changes, false).after);
        checked.keySet().retainAll(changes.keySet());
        return checked;
    }

    /** Like {@link #check}, for files that are all there are: they must hold every route that Java calls. */
    synchronized RoutesChange checkWhole(Map<String, byte[]> all) throws RoutesRejected {
        return checked(all, true).change;
    }

    /**
     * Makes a change.
     *
     * @param changes new texts by the names of their files; null for a file that is removed
     * @param by who makes it and from where, for the history
     * @throws RoutesRejected if nothing was changed
     */
    synchronized RoutesChange change(Map<String, byte[]> changes, String by) throws RoutesRejected {
        try {
            Plan plan = checked(changes, false);
            swap(plan);
            accept(plan, by);
            accepted.increment();
            LOG.info("Routes {}", plan.summary());
            return plan.change;
        } catch (RoutesRejected e) {
            rejected.increment();
            throw e;
        }
    }

    long accepted() {
        return accepted.sum();
    }

    long rejected() {
        return rejected.sum();
    }

    private Plan checked(Map<String, byte[]> changes, boolean whole) throws RoutesRejected {
        if (!whole && checked != null && checked.isStill(changes)) {
            return checked;
        }
        Plan plan = new Plan(changes);
        if (whole || !plan.in.isEmpty() || !plan.out.isEmpty()) {
            plan.problems.addAll(
                    check.check(plan.changedFiles(), plan.in, plan.leaving(), plan.broken.values(), whole));
        }
        plan.rejectIfProblems();
        checked = whole ? null : plan;
        return plan;
    }

    private void swap(Plan plan) throws RoutesRejected {
        checked = null; // it is about what ran until now
        Map<String, RouteRevision> before = new LinkedHashMap<>(running);
        replaced.addAll(plan.change.changed());
        removed.addAll(plan.change.removed());
        try {
            for (String id : plan.out) {
                drain.detach(id, running.remove(id));
            }
            add(plan.changedFiles(), plan.in, Map.of());
            keepFigures(plan.change);
        } catch (Throwable e) {
            LOG.warn("Routes {} did not start. The routes that ran before run again.", plan.in, e);
            restore(plan, before);
            RouteFile file = plan.changedFiles().stream().findFirst().orElse(null);
            throw new RoutesRejected(
                    file == null
                            ? RouteProblem.of(String.join(",", plan.names), "could not be removed: " + e)
                            : plan.blame(e));
        } finally {
            replaced.clear();
            removed.clear();
        }
    }

    private void restore(Plan plan, Map<String, RouteRevision> before) {
        for (String id : plan.in) {
            try {
                drain.detach(id, running.remove(id));
            } catch (Exception e) {
                LOG.error("Route {} did not start and could not be removed", id, e);
            }
        }
        try {
            Set<String> gone = new LinkedHashSet<>(plan.out);
            gone.removeIf(running::containsKey);
            gone.retainAll(before.keySet());
            add(files.values(), gone, before);
        } catch (Exception e) {
            LOG.error(
                    "Routes {} do not run: they could not be started again. Save their files once more.", plan.out, e);
        }
    }

    private void keepFigures(RoutesChange change) {
        change.added().forEach(this::keepFigures);
        change.changed().forEach(this::keepFigures);
        change.removed().forEach(figures::remove);
    }

    private void keepFigures(String id) {
        List<RouteFigures> before = figures.getOrDefault(id, List.of());
        before.stream().findFirst().ifPresent(RouteFigures::replaced);
        figures.put(
                id,
                Stream.concat(Stream.of(running.get(id).figures()), before.stream())
                        .limit(1 + EARLIER)
                        .toList());
    }

    private void accept(Plan plan, String by) {
        Map<String, RouteFile> before = files;
        files = Collections.unmodifiableMap(plan.after);
        for (String name : plan.names) {
            history.record(name, before.get(name), plan.after.get(name), by);
        }
    }

    /** @param again revisions that ran before and do so again: their figures go on */
    private void add(Collection<RouteFile> from, Set<String> ids, Map<String, RouteRevision> again) throws Exception {
        for (RouteFile file : from) {
            Map<String, RouteRevision> chosen = new LinkedHashMap<>();
            for (RouteText route : file.routes()) {
                if (ids.contains(route.id())) {
                    RouteRevision before = again.get(route.id());
                    RouteFigures figures = before == null ? new RouteFigures(route.revision()) : before.figures();
                    chosen.put(route.id(), new RouteRevision(file, route, figures));
                }
            }
            if (!chosen.isEmpty()) {
                List<RouteDefinition> routes = RouteLoader.read(context, file.name(), file.text());
                routes.removeIf(route -> !chosen.containsKey(route.getId()));
                routes.forEach(route -> route.routePolicy(chosen.get(route.getId())));
                context.getCamelContextExtension().getContextPlugin(Model.class).addRouteDefinitions(routes);
                running.putAll(chosen);
            }
        }
    }

    /** What a change would do: the files as they would be, and which routes go out and come in. */
    private final class Plan {
        private final Map<String, byte[]> changes;
        private final Map<String, RouteFile> after;
        private final Set<String> names;
        private final Set<String> in = new TreeSet<>();
        private final Set<String> out = new TreeSet<>();
        private final RoutesChange change;
        private final List<RouteProblem> problems = new ArrayList<>();
        /** The texts that cannot be read, by the names of their files. */
        private final Map<String, String> broken = new TreeMap<>();

        /** @param changes new texts by the names of their files; null for a file that is removed */
        Plan(Map<String, byte[]> changes) {
            this.changes = new TreeMap<>(changes);
            after = new TreeMap<>(files);
            names = this.changes.keySet();
            changes.forEach((name, bytes) -> {
                try {
                    if (bytes == null) {
                        after.remove(name);
                    } else {
                        after.put(name, reader.read(name, bytes));
                    }
                } catch (RoutesRejected e) {
                    String text = new String(bytes, UTF_8);
                    broken.put(name, text);
                    e.problems().forEach(problem -> problems.add(problem.excerptFrom(text)));
                }
            });
            Map<String, String> wanted = wanted();
            engine.missingAmong(wanted.keySet(), after).stream()
                    .filter(problem -> !broken.containsKey(problem.file()))
                    .forEach(problems::add);
            wanted.forEach((id, revision) -> {
                RouteRevision now = running.get(id);
                if (now == null || !now.text().revision().equals(revision)) {
                    in.add(id);
                }
            });
            running.forEach((id, now) -> {
                if (!now.text().revision().equals(wanted.get(id))) {
                    out.add(id);
                }
            });
            Set<String> added = new TreeSet<>(in);
            added.removeAll(out);
            Set<String> changed = new TreeSet<>(in);
            changed.retainAll(out);
            Set<String> removed = new TreeSet<>(out);
            removed.removeAll(in);
            change = new RoutesChange(added, changed, removed);
        }

        /** Whether it is that of these changes; it lasts no longer than what runs. */
        boolean isStill(Map<String, byte[]> other) {
            return names.equals(other.keySet())
                    && names.stream().allMatch(name -> Arrays.equals(changes.get(name), other.get(name)));
        }

        void rejectIfProblems() throws RoutesRejected {
            if (!problems.isEmpty()) {
                throw new RoutesRejected(problems.stream()
                        .map(problem -> problem.excerpt() == null && after.containsKey(problem.file())
                                ? problem.excerptFrom(after.get(problem.file()).text())
                                : problem)
                        .toList());
            }
        }

        /** Revisions by route id; each id once, and none that a route in Java has. */
        private Map<String, String> wanted() {
            Map<String, String> wanted = new TreeMap<>();
            Map<String, String> seen = new TreeMap<>();
            for (RouteFile file : ordered()) {
                for (RouteText route : file.routes()) {
                    String other = seen.putIfAbsent(route.id(), file.name());
                    if (other == null && isInJava(route.id())) {
                        other = "Java";
                    }
                    if (other == null) {
                        wanted.put(route.id(), route.revision());
                    } else {
                        problems.add(new RouteProblem(
                                file.name(),
                                route.line(),
                                null,
                                route.id(),
                                "there is a route of this id already, in " + other));
                    }
                }
            }
            return wanted;
        }

        /** Caravan's own first, then those that stay as they are: a clash is reported for the file that was changed. */
        private List<RouteFile> ordered() {
            List<RouteFile> all = new ArrayList<>(after.values());
            all.sort(Comparator.comparing((RouteFile file) -> !isPackaged(file))
                    .thenComparing(file -> names.contains(file.name())));
            return all;
        }

        private boolean isPackaged(RouteFile file) {
            byte[] text = packaged.get(file.name());
            return text != null && Arrays.equals(text, file.bytes());
        }

        private boolean isInJava(String id) {
            RouteDefinition route = context.getCamelContextExtension()
                    .getContextPlugin(Model.class)
                    .getRouteDefinition(id);
            return route != null && !running.containsKey(id);
        }

        Collection<RouteFile> changedFiles() {
            return ordered().stream()
                    .filter(file -> file.routes().stream().anyMatch(route -> in.contains(route.id())))
                    .toList();
        }

        /** The routes that go out: the files they are in by their ids. */
        Map<String, String> leaving() {
            Map<String, String> leaving = new TreeMap<>();
            for (RouteFile file : files.values()) {
                for (RouteText route : file.routes()) {
                    if (out.contains(route.id())) {
                        leaving.put(route.id(), file.name());
                    }
                }
            }
            return leaving;
        }

        RouteProblem blame(Throwable failure) {
            for (RouteFile file : changedFiles()) {
                for (RouteText route : file.routes()) {
                    if (in.contains(route.id())
                            && String.valueOf(failure.getMessage()).contains(route.id())) {
                        return check.failed(file, route, failure).excerptFrom(file.text());
                    }
                }
            }
            return RouteFailure.of(changedFiles().iterator().next().name(), failure);
        }

        /** What is changed, in few words: the first routes, and the files. */
        String summary() {
            List<String> parts = new ArrayList<>();
            add(parts, "changed", change.changed());
            add(parts, "added", change.added());
            add(parts, "removed", change.removed());
            return (parts.isEmpty() ? "are the same" : String.join("; ", parts)) + " (" + few(names) + ")";
        }

        private static void add(List<String> parts, String what, Set<String> ids) {
            if (!ids.isEmpty()) {
                parts.add(what + ": " + few(ids));
            }
        }

        private static String few(Set<String> names) {
            String first = names.stream().limit(FEW).collect(Collectors.joining(", "));
            return names.size() <= FEW ? first : first + " and " + (names.size() - FEW) + " more";
        }
    }
}
