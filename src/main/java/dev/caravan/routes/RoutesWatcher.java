package dev.caravan.routes;

import dev.caravan.component.DaemonThreads;
import dev.caravan.routes.files.RouteProblem;
import dev.caravan.routes.files.RoutesDirectory;
import dev.caravan.routes.files.RoutesRejected;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks the routes directory regularly and applies its changes. It compares whole texts, so it needs no notification from
 * the file system and no clock: a switched link and a mounted volume are noticed, too. A failure in one round, an
 * {@link Error} too, is reported and does not end the rounds.
 */
final class RoutesWatcher implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RoutesWatcher.class);
    /** A change is read again after this, and applied if nobody has written in between. */
    private static final long SETTLE_MILLIS = 150;

    private static final int MAX_SETTLES = 20;

    private final RoutesDirectory directory;
    private final LiveRoutes routes;
    private final SaveTests tests;
    private final long pollMillis;
    private final ScheduledExecutorService clock;
    /** Names and texts of the files that were rejected: they are not tried again until one changes. */
    private Map<String, byte[]> rejected = Map.of();
    /** The tests that lay beside them: when these change, they are tried again, too. */
    private Map<String, byte[]> rejectedTests = Map.of();

    private volatile List<RouteProblem> problems = List.of();
    private List<RouteProblem> noticed = List.of();

    RoutesWatcher(RoutesDirectory directory, LiveRoutes routes, SaveTests tests, Duration poll) {
        this.directory = directory;
        this.routes = routes;
        this.tests = tests;
        this.pollMillis = poll.toMillis();
        this.clock = Executors.newSingleThreadScheduledExecutor(new DaemonThreads("caravan-routes"));
    }

    void start() {
        clock.scheduleWithFixedDelay(this::check, pollMillis, pollMillis, TimeUnit.MILLISECONDS);
    }

    /** What is wrong with the directory as it is now; empty if its files are what runs. */
    List<RouteProblem> problems() {
        return problems;
    }

    private void check() {
        try {
            round();
        } catch (IOException e) {
            report(List.of(RouteProblem.of(directory.path().toString(), "cannot be read: " + e)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the node stops
        } catch (Throwable e) { // whatever it is, the next round comes
            try {
                report(List.of(RouteProblem.of(directory.path().toString(), "could not be applied: " + e)));
                LOG.error("The changes in the routes directory could not be applied", e);
            } catch (Throwable again) {
                problems = List.of(RouteProblem.of("routes", "could not be applied"));
            }
        }
    }

    /** One round. Synchronized with nothing: one thread runs it. */
    private void round() throws IOException, InterruptedException {
        Map<String, byte[]> pending = pending();
        notice(directory.notices());
        if (pending.isEmpty()) {
            rejected = Map.of();
            report(List.of());
            return;
        }
        if (RoutesDirectory.same(pending, rejected)
                && RoutesDirectory.same(tests.beside(pending, pending.keySet()), rejectedTests)) {
            return;
        }
        pending = settled(pending);
        Map<String, byte[]> beside = tests.beside(pending, pending.keySet());
        List<RouteProblem> all = tryChange(pending);
        if (!all.isEmpty()) {
            Map<String, byte[]> fresh = new TreeMap<>(pending);
            fresh.entrySet()
                    .removeIf(file -> rejected.containsKey(file.getKey())
                            && Arrays.equals(rejected.get(file.getKey()), file.getValue()));
            if (!fresh.isEmpty() && fresh.size() < pending.size()) {
                List<RouteProblem> ofFresh = tryChange(fresh);
                if (ofFresh.isEmpty()) {
                    pending.keySet().removeAll(fresh.keySet());
                    all = withoutFiles(all, fresh);
                }
            }
        }
        rejected = all.isEmpty() ? Map.of() : pending;
        rejectedTests = all.isEmpty() ? Map.of() : beside;
        report(all);
    }

    private void notice(List<RouteProblem> notices) {
        notices.stream()
                .filter(notice -> !noticed.contains(notice))
                .forEach(notice -> LOG.warn("{} It is ignored.", notice.sentence()));
        noticed = notices;
    }

    /** Never between the change and the writing of the file of an edit by REST: it would look like one back. */
    private Map<String, byte[]> pending() throws IOException {
        synchronized (routes) {
            return routes.pending(directory.read());
        }
    }

    /** Waits until nobody writes any more: half a file can be valid, but is not what was meant. */
    private Map<String, byte[]> settled(Map<String, byte[]> pending) throws IOException, InterruptedException {
        Map<String, byte[]> found = pending;
        for (int i = 0; i < MAX_SETTLES; i++) {
            TimeUnit.MILLISECONDS.sleep(SETTLE_MILLIS);
            Map<String, byte[]> again = pending();
            if (RoutesDirectory.same(found, again)) {
                break;
            }
            found = again;
        }
        return found;
    }

    private List<RouteProblem> tryChange(Map<String, byte[]> pending) throws IOException, InterruptedException {
        try {
            boolean isTested = tests.require(pending, pending.keySet());
            synchronized (routes) {
                if (!pending.isEmpty() && !(isTested && isOutdated(pending))) {
                    routes.change(pending, "directory");
                }
            }
            return List.of();
        } catch (RoutesRejected e) {
            return e.problems();
        }
    }

    /** Whether somebody has saved one of these files while their tests ran. The next round finds that. */
    private boolean isOutdated(Map<String, byte[]> pending) throws IOException {
        Map<String, byte[]> now = pending();
        now.keySet().retainAll(pending.keySet());
        return !RoutesDirectory.same(now, pending);
    }

    private static List<RouteProblem> withoutFiles(List<RouteProblem> problems, Map<String, byte[]> files) {
        List<RouteProblem> others = new ArrayList<>(problems);
        others.removeIf(problem -> files.containsKey(problem.file()));
        return others.isEmpty() ? problems : others;
    }

    private void report(List<RouteProblem> found) {
        if (!found.equals(problems)) {
            problems = List.copyOf(found);
            found.forEach(problem -> LOG.warn("Rejected {} The routes that ran go on.", problem.sentence()));
            if (found.isEmpty()) {
                LOG.info("All route files in {} are accepted again, and run.", directory.path());
            }
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
