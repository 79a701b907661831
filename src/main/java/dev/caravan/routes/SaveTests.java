package dev.caravan.routes;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.routes.files.RouteFile;
import dev.caravan.routes.files.RouteProblem;
import dev.caravan.routes.files.RoutesDirectory;
import dev.caravan.routes.files.RoutesRejected;
import dev.caravan.routes.trial.RouteTestResult;
import dev.caravan.routes.trial.RouteTests;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Runs the tests that lie beside route files before these are saved. Thread-safe. */
final class SaveTests {
    private final RoutesDirectory directory;
    private final LiveRoutes routes;
    private final RouteTests tests;
    private final Duration timeout;

    /**
     * @param directory null if there is none, and so no tests
     * @param timeout of the tests of one file
     */
    SaveTests(RoutesDirectory directory, LiveRoutes routes, RouteTests tests, Duration timeout) {
        this.directory = directory;
        this.routes = routes;
        this.tests = tests;
        this.timeout = timeout;
    }

    /**
     * Without tests it does nothing; with some it checks the change, too.
     *
     * @param changes new texts by the names of their files; null for a file that is removed
     * @param files those of them whose tests count
     * @return whether there are tests
     * @throws RoutesRejected if the change is not accepted; {@link RedTests} if it is, and not by the tests
     */
    boolean require(Map<String, byte[]> changes, Set<String> files)
            throws RoutesRejected, IOException, InterruptedException {
        Map<String, byte[]> texts = beside(changes, files);
        if (texts.isEmpty()) {
            return false;
        }
        require(changes, texts);
        return true;
    }

    /** The same with the texts of tests by their names, each of a file that is changed. */
    void require(Map<String, byte[]> changes, Map<String, byte[]> texts) throws RoutesRejected, InterruptedException {
        Map<String, RouteFile> checked = routes.checkedFiles(changes);
        List<RouteProblem> problems = new ArrayList<>();
        for (Map.Entry<String, byte[]> test : texts.entrySet()) {
            problems.addAll(run(checked.get(RoutesDirectory.routesOf(test.getKey())), test.getKey(), test.getValue()));
        }
        if (!problems.isEmpty()) {
            throw new RedTests(problems);
        }
    }

    /** @throws RoutesRejected if they are no tests */
    void read(String name, byte[] text) throws RoutesRejected {
        try {
            tests.read(name, text);
        } catch (RoutesRejected e) {
            throw new RoutesRejected(withLines(e.problems(), text));
        }
    }

    /** What is wrong with tests of a file that is not there. */
    static RouteProblem nothingToTest(String tests) {
        return RouteProblem.of(
                tests, "has tests for " + RoutesDirectory.routesOf(tests) + ", which is not among the files");
    }

    /** The texts of the tests by their names. */
    Map<String, byte[]> beside(Map<String, byte[]> changes, Set<String> files) throws IOException {
        Set<String> kept = new HashSet<>(files);
        kept.removeIf(file -> changes.get(file) == null);
        return directory == null ? Map.of() : directory.readTestsOf(kept);
    }

    private List<RouteProblem> run(RouteFile file, String name, byte[] text) throws InterruptedException {
        List<RouteProblem> problems = new ArrayList<>();
        try {
            tests.run(file, name, text, timeout).stream()
                    .filter(RouteTestResult::isRed)
                    .map(RouteTestResult::problem)
                    .forEach(problems::add);
        } catch (RoutesRejected e) {
            problems.addAll(e.problems());
        }
        return withLines(problems, text);
    }

    private static List<RouteProblem> withLines(List<RouteProblem> problems, byte[] text) {
        String lines = new String(text, UTF_8);
        return problems.stream().map(problem -> problem.excerptFrom(lines)).toList();
    }
}
