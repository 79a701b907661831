package dev.caravan.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caravan.fixture.CaravanProcess;
import dev.caravan.fixture.ChildProcess;
import dev.caravan.fixture.Commands;
import dev.caravan.fixture.DataFolder;
import dev.caravan.fixture.Ports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.springframework.util.FileSystemUtils;

/**
 * Walks a tour in a folder of its own, on free ports. Nodes, and whoever follows the events, run in terminals of their own;
 * each other command has ended before the next. A reading is repeated until it shows what the tour shows, as a reader would
 * who was too quick.
 */
final class Tour implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration START = Duration.ofMinutes(2);
    private static final String RUN = "./mvnw spring-boot:run";
    private static final Pattern BUILD = Pattern.compile("\\./mvnw (?:-q package -DskipTests|verify)");
    private static final String SOURCES = "src/main/resources/routes";
    private static final Pattern NODE =
            Pattern.compile("java -jar target/caravan\\.jar(?! --(?:unpack|check)).*", Pattern.DOTALL);
    private static final Pattern FOLLOWER = Pattern.compile("curl .* -N localhost:\\d+/events");
    private static final Pattern READING = Pattern.compile("curl (?!.* -(?:X|d|N) ).*", Pattern.DOTALL);
    private static final Pattern VARIABLE = Pattern.compile("\\w+=\\S+");
    private static final Pattern EDIT = Pattern.compile("sed -i.*");
    /** How the log says that the files of routes were looked at after a change. */
    private static final Pattern LOOKED = Pattern.compile("(?m)^.*(?:LiveRoutes|RoutesWatcher).*$");

    private final DataFolder folder = new DataFolder("caravan-tour");
    private final Shown shown = new Shown();
    private final Map<String, String> environment;
    private final List<String> variables = new ArrayList<>();
    private final Deque<ChildProcess> nodes = new ArrayDeque<>();
    private final Map<ChildProcess, String> followers = new LinkedHashMap<>();
    private int logs;

    private Tour() throws IOException {
        List<String> command = CaravanProcess.command(List.of());
        Path jar = Path.of(command.get(command.size() - 1));
        Files.createSymbolicLink(Files.createDirectory(folder.file("target")).resolve("caravan.jar"), jar);
        Path bin = Files.createDirectory(folder.file("bin"));
        String java = "#!/bin/sh\nexec " + String.join(" ", command.subList(0, command.size() - 2)) + " \"$@\"\n";
        Files.setPosixFilePermissions(
                Files.writeString(bin.resolve("java"), java), PosixFilePermissions.fromString("rwx------"));
        String port = Integer.toString(Ports.free());
        environment = Map.of("PATH", bin + ":" + System.getenv("PATH"), "SERVER_PORT", port);
        shown.put("8080", port);
        shown.put("8081", Integer.toString(Ports.free()));
    }

    /**
     * Walks the part of a page between two headings, each line as a newcomer types it.
     *
     * @return its steps
     * @throws AssertionError if something else comes than what the page shows
     */
    static List<TourStep> walk(String page, String from, String to) throws IOException {
        assumeTrue(Commands.find("bash").isPresent(), "not installed: bash");
        assumeTrue(Commands.find("curl").isPresent(), "not installed: curl");
        List<TourStep> steps = TourStep.of(Files.readString(Path.of(page)), from, to);
        try (Tour tour = new Tour()) {
            steps.forEach(tour::walk);
            tour.end();
        }
        return steps;
    }

    private void walk(TourStep step) {
        switch (step.kind()) {
            case COMMAND -> type(step.text(), step.shown());
            case INTERRUPT -> interrupt();
            case LOG -> step.shown().lines().forEach(this::readInLog);
            case FILE -> save(step.text(), step.shown());
        }
    }

    private void type(String command, String output) {
        if (BUILD.matcher(command).matches()) {
            return; // the jar is there: this is what it was built by
        }
        if (command.equals(RUN)) {
            copyRoutes();
            start("java -jar target/caravan.jar --caravan.routes.directory=" + SOURCES, "Caravan is ready");
        } else if (VARIABLE.matcher(command).matches()) {
            variables.add(command);
        } else if (NODE.matcher(command).matches()) {
            start(command, output);
        } else if (FOLLOWER.matcher(command).matches()) {
            ChildProcess follower = inTerminal("exec " + shown.translate(command) + " 2> /dev/null");
            follower.awaitUntil("connected", LIMIT, () -> !follower.output().isEmpty());
            followers.put(follower, output);
        } else if (READING.matcher(command).matches()) {
            Awaitility.await(command).atMost(LIMIT).untilAsserted(() -> expect(command, output));
        } else if (EDIT.matcher(command).matches()) {
            edit(() -> expect(command, output));
        } else {
            expect(command, output);
        }
    }

    private void start(String command, String output) {
        ChildProcess node = inTerminal("exec " + shown.translate(command));
        nodes.push(node);
        node.awaitUntil("ready as shown", START, () -> shown.isIn(output, node.output()));
    }

    /** A node that runs from the sources edits the files there; this one has copies, in its own folder. */
    private void copyRoutes() {
        try {
            FileSystemUtils.copyRecursively(Path.of(SOURCES), folder.file(SOURCES));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void expect(String command, String output) {
        String typed = "cd " + folder.path() + "\n" + String.join("\n", variables) + "\n" + shown.translate(command);
        String text = Commands.run(LIMIT, environment, List.of("bash", "-c", typed));
        List<String> lines = new ArrayList<>(text.lines().toList());
        Collections.reverse(lines);
        assertThat(shown.isLike(output, text)
                        // Sorted by the names of nodes, which end with numbers: vm-999 comes behind vm-1000.
                        || command.contains("| sort") && shown.isLike(output, String.join("\n", lines)))
                .as("$ %s%n%s%nis shown as%n%s", command, text, output)
                .isTrue();
    }

    private ChildProcess inTerminal(String command) {
        String typed = String.join("\n", variables) + "\n" + command;
        return ChildProcess.start(
                "terminal", folder.path(), folder.file(++logs + ".log"), environment, List.of("bash", "-c", typed));
    }

    private void interrupt() {
        while (!nodes.isEmpty()) {
            nodes.pop().terminate(LIMIT);
        }
    }

    private void readInLog(String line) {
        Awaitility.await(line)
                .atMost(LIMIT)
                .until(() -> nodes.getLast().output().lines().anyMatch(real -> shown.isLike(line, real)));
    }

    private void save(String name, String text) {
        edit(() -> folder.write(name, text));
    }

    /** The node has looked at the files when it says so. */
    private void edit(Runnable change) {
        long before = looks();
        change.run();
        Awaitility.await("the node has seen the change").atMost(LIMIT).until(() -> looks() > before);
    }

    private long looks() {
        return LOOKED.matcher(nodes.getLast().output()).results().count();
    }

    /** Looks at what came in the terminals meanwhile. */
    private void end() {
        followers.forEach((follower, output) ->
                follower.awaitUntil("as shown:\n" + output, LIMIT, () -> shown.isIn(output, follower.output())));
    }

    @Override
    public void close() {
        followers.keySet().forEach(ChildProcess::close);
        nodes.forEach(ChildProcess::close);
        folder.close();
    }
}
