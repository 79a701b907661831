package dev.caravan.routes;

import dev.caravan.routes.files.PackagedRoutes;
import dev.caravan.routes.files.RouteProblem;
import dev.caravan.routes.files.RoutesDirectory;
import dev.caravan.routes.trial.JUnitReport;
import dev.caravan.routes.trial.RouteTestResult;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.springframework.core.NestedExceptionUtils;

/** The commands for route files: {@code --check}, {@code --unpack}, {@code --push} and {@code --pull}. None starts a node. */
public final class RoutesCommand {
    /** Done, or nothing to complain about. */
    static final int WELL = 0;
    /** A node would reject a file, a test is red, or files are in the way. */
    static final int REFUSED = 1;
    /** The command could not be carried out. */
    static final int NOT_TRIED = 2;

    private static final String CHECK = "--check";
    private static final String UNPACK = "--unpack";
    /** With {@link #UNPACK}: the engine, too. */
    private static final String ALL = "--all";

    /** With {@link #CHECK}: where the results of the tests are written, as the XML of JUnit. */
    private static final String JUNIT = "--junit=";

    private static final String PUSH = "--push";
    private static final String PULL = "--pull";
    /** With {@link #PUSH} and {@link #PULL}: a node of the cluster, who asks, and for a publication its reason, whether tests do not run, and the name of a draft instead. */
    private static final String URL = "--url=";

    private static final String USER = "--user=";
    private static final String WHY = "--why=";
    private static final String FORCE = "--force";
    private static final String DRAFT = "--draft=";
    /** An argument could be read by others on this machine. */
    private static final String PASSWORD = "CARAVAN_PASSWORD";

    private static final Set<String> COMMANDS = Set.of(CHECK, UNPACK, PUSH, PULL);

    private final Class<?> application;
    private final PrintStream out;
    private final PrintStream err;

    /** @param application the class that a node is started with */
    public RoutesCommand(Class<?> application, PrintStream out, PrintStream err) {
        this.application = application;
        this.out = out;
        this.err = err;
    }

    /** Whether these arguments are for {@link #run}, not for a node. */
    public static boolean isMeant(String... args) {
        return Stream.of(args).anyMatch(COMMANDS::contains);
    }

    /** @return the exit code: 0 done, 1 rejected, 2 not carried out */
    public int run(String... args) {
        List<String> rest = new ArrayList<>(List.of(args));
        String command = rest.stream().filter(COMMANDS::contains).findFirst().orElseThrow();
        boolean all = command.equals(UNPACK) && rest.remove(ALL);
        int at = rest.indexOf(command);
        rest.remove(at);
        if (at == rest.size() || rest.get(at).startsWith("--")) {
            err.println(command + " needs a directory: java -jar caravan.jar " + command + " routes");
            return NOT_TRIED;
        }
        String directory = rest.remove(at);
        try {
            Path path = Path.of(directory);
            return switch (command) {
                case CHECK -> check(path, rest);
                case UNPACK -> unpack(path, all);
                default -> exchange(command, path, rest);
            };
        } catch (InvalidPathException e) {
            err.println(directory + " is not a path.");
        } catch (Throwable e) { // an Error too
            err.println(directory + ": " + rootOf(e));
        }
        return NOT_TRIED;
    }

    private int check(Path directory, List<String> rest) throws Exception {
        List<String> settings = new ArrayList<>(rest);
        settings.removeIf(setting -> setting.startsWith(JUNIT));
        if (!Files.isDirectory(directory)) {
            err.println(directory + " is no directory.");
            return NOT_TRIED;
        }
        RouteValidator.Report report = RouteValidator.run(application, directory, settings.toArray(String[]::new));
        if (report.files() == 0) {
            err.println(directory + " holds no route files (*" + RoutesDirectory.SUFFIX + ").");
            return NOT_TRIED;
        }
        report.notices().forEach(notice -> out.println(directory.resolve(notice.file()) + ": " + notice.reason()));
        for (RouteProblem problem : report.problems()) {
            boolean isFile = Files.exists(directory.resolve(problem.file()));
            out.println((isFile ? directory + "/" : "") + problem);
            if (problem.excerpt() != null) {
                out.println("    " + problem.excerpt().strip());
            }
        }
        if (!report.problems().isEmpty()) {
            return REFUSED;
        }
        for (String option : rest) {
            if (option.startsWith(JUNIT)) {
                try (OutputStream file = Files.newOutputStream(Path.of(option.substring(JUNIT.length())))) {
                    JUnitReport.write(report.tests(), file);
                }
            }
        }
        List<RouteTestResult> red =
                report.tests().stream().filter(RouteTestResult::isRed).toList();
        red.forEach(test -> out.println(directory + "/" + test.problem()));
        String tests =
                report.tests().isEmpty() ? "" : ", " + count(report.tests().size(), "test");
        out.println(count(report.files(), "file") + ", " + count(report.routes(), "route") + tests + ": "
                + (red.isEmpty() ? "all well" : red.size() + " red"));
        return red.isEmpty() ? WELL : REFUSED;
    }

    private int exchange(String command, Path directory, List<String> rest) throws Exception {
        String url = option(URL, rest, "http://localhost:8080");
        String user = option(USER, rest, null);
        String why = option(WHY, rest, "");
        boolean force = rest.remove(FORCE);
        String draft = option(DRAFT, rest, null);
        if (!rest.isEmpty()) {
            err.println("Unknown argument: " + rest.get(0) + ". " + command + " takes " + URL + ", " + USER + ", " + WHY
                    + ", " + DRAFT + " and " + FORCE + "; the password is in " + PASSWORD + ".");
            return NOT_TRIED;
        }
        if (command.equals(PUSH) && !holdsRouteFiles(directory)) {
            err.println(directory + " holds no route files (*" + RoutesDirectory.SUFFIX + ").");
            return NOT_TRIED;
        }
        String password = Objects.requireNonNullElse(System.getenv(PASSWORD), "");
        RemoteRoutes remote = new RemoteRoutes(URI.create(url), user, password, out);
        boolean done = command.equals(PUSH) ? push(remote, directory, why, force, draft) : remote.pull(directory);
        return done ? WELL : REFUSED;
    }

    private static boolean push(RemoteRoutes remote, Path directory, String why, boolean force, String draft)
            throws IOException, InterruptedException {
        return draft == null ? remote.push(directory, why, force) : remote.store(directory, why, draft);
    }

    private static String option(String name, List<String> rest, String otherwise) {
        String found = rest.stream()
                .filter(argument -> argument.startsWith(name))
                .findFirst()
                .orElse(null);
        rest.removeIf(argument -> argument.startsWith(name));
        return found == null ? otherwise : found.substring(name.length());
    }

    private int unpack(Path directory, boolean all) throws IOException {
        if (Files.exists(directory) && !Files.isDirectory(directory)) {
            err.println(directory + " is no directory.");
            return NOT_TRIED;
        }
        if (holdsRouteFiles(directory)) {
            err.println(directory + " holds route files already; they stay as they are.");
            return REFUSED;
        }
        PackagedRoutes packaged = new PackagedRoutes();
        Map<String, byte[]> files = new TreeMap<>(packaged.all());
        files.putAll(packaged.tests());
        files.keySet().removeIf(name -> !all && name.startsWith(PackagedRoutes.ENGINE));
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Path target = directory.resolve(file.getKey());
            Files.createDirectories(target.getParent());
            Files.write(target, file.getValue());
        }
        out.println(count(files.size(), "file") + " in " + directory);
        boolean found =
                directory.toAbsolutePath().normalize().equals(Path.of("routes").toAbsolutePath());
        out.println("A node that is started " + (found ? "here" : "with --caravan.routes.directory=" + directory)
                + " runs these" + (all ? "" : ", with Caravan's engine from the jar") + "; save one and it is live.");
        return WELL;
    }

    private static boolean holdsRouteFiles(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return false;
        }
        try (Stream<Path> all = Files.walk(directory)) {
            return all.anyMatch(file -> file.toString().endsWith(RoutesDirectory.SUFFIX));
        }
    }

    private static String count(int number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }

    private static String rootOf(Throwable failure) {
        Throwable root = NestedExceptionUtils.getMostSpecificCause(failure);
        return root.getMessage() == null
                ? root.getClass().getSimpleName()
                : root.getMessage().strip();
    }
}
