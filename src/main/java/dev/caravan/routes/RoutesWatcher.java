package dev.caravan.routes;

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
 * Looks at the routes directory again and again, and has what changed there taken over. It compares whole texts, so it
 * misses nothing that a file system does not tell of: links that are switched, mounts without notifications, clocks that
 * stand still. What happens in one round, an {@link Error} too, is reported and does not end the rounds.
 */
final class RoutesWatcher implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RoutesWatcher.class);
    /** What is found is looked at again after this, and taken over when nobody has written in between. */
    private static final long SETTLE_MILLIS = 150;

    private static final int MAX_SETTLES = 20;

    private final RoutesDirectory directory;
    private final LiveRoutes routes;
    private final long pollMillis;
    private final ScheduledExecutorService clock;
    /** What was refused: names and texts, so that it is not tried again until it changes. */
    private Map<String, byte[]> refused = Map.of();

    private volatile List<RouteProblem> problems = List.of();
    private List<RouteProblem> noticed = List.of();

    RoutesWatcher(RoutesDirectory directory, LiveRoutes routes, Duration poll) {
        this.directory = directory;
        this.routes = routes;
        this.pollMillis = poll.toMillis();
        this.clock = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "caravan-routes");
            thread.setDaemon(true);
            return thread;
        });
    }

    void start() {
        clock.scheduleWithFixedDelay(this::look, pollMillis, pollMillis, TimeUnit.MILLISECONDS);
    }

    /** What is wrong with the directory as it is now; empty if what runs is what stands there. */
    List<RouteProblem> problems() {
        return problems;
    }

    private void look() {
        try {
            round();
        } catch (IOException e) {
            report(List.of(RouteProblem.of(directory.path().toString(), "cannot be read: " + e)));
        } catch (Throwable e) { // whatever it is, the next round comes
            try {
                report(List.of(RouteProblem.of(directory.path().toString(), "could not be taken over: " + e)));
                LOG.error("The routes directory could not be taken over", e);
            } catch (Throwable again) {
                problems = List.of(RouteProblem.of("routes", "could not be taken over"));
            }
        }
    }

    /** One look at the directory. Synchronized with nothing: one thread runs it. */
    private void round() throws IOException, InterruptedException {
        Map<String, byte[]> pending = pending();
        notice(directory.notices());
        if (pending.isEmpty()) {
            refused = Map.of();
            report(List.of());
            return;
        }
        if (RoutesDirectory.same(pending, refused)) {
            return;
        }
        pending = settled(pending);
        List<RouteProblem> all = tried(pending);
        if (!all.isEmpty()) {
            Map<String, byte[]> fresh = new TreeMap<>(pending);
            fresh.entrySet()
                    .removeIf(file -> refused.containsKey(file.getKey())
                            && Arrays.equals(refused.get(file.getKey()), file.getValue()));
            if (!fresh.isEmpty() && fresh.size() < pending.size()) {
                List<RouteProblem> ofFresh = tried(fresh);
                if (ofFresh.isEmpty()) {
                    pending.keySet().removeAll(fresh.keySet());
                    all = withoutFiles(all, fresh);
                }
            }
        }
        refused = all.isEmpty() ? Map.of() : pending;
        report(all);
    }

    private void notice(List<RouteProblem> notices) {
        notices.stream()
                .filter(notice -> !noticed.contains(notice))
                .forEach(notice -> LOG.warn("{} It is not looked at.", notice.sentence()));
        noticed = notices;
    }

    /** Never between the change and the writing of the file of an edit by REST: it would look like one back. */
    private Map<String, byte[]> pending() throws IOException {
        synchronized (routes) {
            return routes.pending(directory.read());
        }
    }

    /** Waits until nobody writes: half a file can be a good one, but is not the one that was meant. */
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

    private List<RouteProblem> tried(Map<String, byte[]> pending) {
        try {
            if (!pending.isEmpty()) {
                routes.change(pending, "directory");
            }
            return List.of();
        } catch (RoutesRefused e) {
            return e.problems();
        }
    }

    private static List<RouteProblem> withoutFiles(List<RouteProblem> problems, Map<String, byte[]> files) {
        List<RouteProblem> others = new ArrayList<>(problems);
        others.removeIf(problem -> files.containsKey(problem.file()));
        return others.isEmpty() ? problems : others;
    }

    private void report(List<RouteProblem> found) {
        if (!found.equals(problems)) {
            problems = List.copyOf(found);
            found.forEach(problem -> LOG.warn("Refused {} The routes that ran go on.", problem.sentence()));
            if (found.isEmpty()) {
                LOG.info("All route files in {} are fine again, and run.", directory.path());
            }
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
