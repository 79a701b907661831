package dev.caravan;

import dev.caravan.routes.RoutesCommand;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.OptionalInt;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Decides whether the arguments start a node, and runs a command if they name one, without Spring where that is possible.
 * By hand: nearly all arguments are Spring Boot's own, which a library for options would have to be told to leave alone.
 */
final class CommandLine {
    private static final int DONE = 0;
    private static final int NOT_UNDERSTOOD = 2;

    private static final Set<String> HELP = Set.of("--help", "-h");
    private static final Set<String> VERSION = Set.of("--version", "-V");
    /** Spring Boot's own settings without a value. */
    private static final Set<String> SWITCHES = Set.of("--debug", "--trace");

    private static final String USAGE =
            """
            Usage: java -jar caravan.jar [--name=value ...]               starts a node
                   java -jar caravan.jar --check DIR [--name=value ...]   checks the route files in DIR and runs their tests
                   java -jar caravan.jar --unpack DIR                     copies the route files to edit to DIR
                   java -jar caravan.jar --unpack --all DIR               copies Caravan's engine, too
                   java -jar caravan.jar --push DIR --url=URL             publishes the route files in DIR to all nodes of a cluster
                   java -jar caravan.jar --pull DIR --url=URL             copies the route files that its nodes run to DIR
                   java -jar caravan.jar --version                        prints the version
                   java -jar caravan.jar --help                           prints this

            Settings, for example:
              --server.port=8081              the port, instead of 8080
              --caravan.roles=worker          what this node does: some of api,worker,events,chat
              --spring.config.import=FILE     more settings, from a file

            A check builds the routes, as a node does before it starts them. Routes are code: check files that you do not
            trust in a sandbox only. docs/reference/settings.md lists all settings.""";

    private final PrintStream out;
    private final PrintStream err;

    CommandLine(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    /** Runs the command that the arguments name; its exit code, or empty if the arguments are for a node. */
    OptionalInt run(String... args) {
        if (Stream.of(args).anyMatch(HELP::contains) || List.of(args).equals(List.of("help"))) {
            out.println(USAGE);
            return OptionalInt.of(DONE);
        }
        if (Stream.of(args).anyMatch(VERSION::contains)) {
            out.println("Caravan " + version() + ", Java " + Runtime.version());
            return OptionalInt.of(DONE);
        }
        if (RoutesCommand.isMeant(args)) {
            return OptionalInt.of(new RoutesCommand(CaravanApplication.class, out, err).run(args));
        }
        List<String> unknown = Stream.of(args).filter(arg -> !isForSpring(arg)).toList();
        if (unknown.isEmpty()) {
            return OptionalInt.empty();
        }
        err.println("Unknown argument: " + unknown.get(0)
                + ". Settings are written --name=value; --help lists the commands.");
        return OptionalInt.of(NOT_UNDERSTOOD);
    }

    /** {@code --name=value}; without a value only a name with a dot, which nobody takes for a command. */
    private static boolean isForSpring(String arg) {
        return SWITCHES.contains(arg) || arg.matches("(?s)--[A-Za-z][^=]*=.*|--[A-Za-z][^=.]*\\.[^=]*");
    }

    private static String version() {
        Properties build = new Properties();
        try (InputStream in = CommandLine.class.getResourceAsStream("/META-INF/build-info.properties")) {
            if (in != null) {
                build.load(in);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return build.getProperty("build.version", "(not built by Maven)");
    }
}
