package dev.caravan.routes.check;

import dev.caravan.node.Nearest;
import dev.caravan.node.Roles;
import dev.caravan.routes.check.RouteSource.Place;
import dev.caravan.routes.files.RouteProblem;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.model.ProcessorDefinition;
import org.apache.camel.model.RouteDefinition;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;

/** Explains to the author of a route what Camel threw: what is wrong, in which line, and what was probably meant. */
public final class RouteFailure {
    private static final Pattern SCHEME = Pattern.compile("Failed to resolve endpoint: ([A-Za-z][A-Za-z0-9+.-]*):");
    private static final int CAUSES = 16;
    private static final int LONGEST = 500;
    private static final int LONGEST_NAME = 40;

    /**
     * A kind of unknown name.
     *
     * @param message of Camel, with the name as its first group
     * @param words of ours
     * @param known the names that there are, by the key above the name and all messages of Camel
     */
    private record Unknown(Pattern message, String words, BiFunction<String, String, Collection<String>> known) {
        Unknown(String message, String words, BiFunction<String, String, Collection<String>> known) {
            this(Pattern.compile(message), words, known);
        }
    }

    private final List<Unknown> unknowns;

    RouteFailure(KnownNames names) {
        unknowns = List.of(
                new Unknown("Unknown node id: (\\S+)", "unknown step \"%s\"", (key, text) -> names.options("steps")),
                new Unknown(
                        "Unknown expression with id: (\\S+)",
                        "unknown language \"%s\"",
                        (key, text) -> names.options("expression")),
                new Unknown("Unsupported field: (\\S+)", "unknown option \"%s\"", (key, text) -> names.options(key)),
                new Unknown(
                        "No endpoint could be found for: ([A-Za-z0-9+.-]+)",
                        "unknown component \"%s\"",
                        (key, text) -> names.components()),
                new Unknown(
                        "Unknown parameters=\\[\\{([^=]+)=",
                        "unknown option \"%s\" of an endpoint",
                        (key, text) -> parameters(names, text)),
                new Unknown(
                        "No bean could be found in the registry for: (\\S+)",
                        "there is no bean \"%s\"",
                        (key, text) -> names.beans()),
                new Unknown(
                        "Property with key \\[([^]]+)]", "there is no setting \"%s\"", (key, text) -> names.settings()),
                new Unknown(
                        "No language could be found for: (\\S+)",
                        "there is no language \"%s\"",
                        (key, text) -> names.languages()),
                new Unknown("there is no role (\\S+), only", "there is no role \"%s\"", (key, text) -> Roles.KNOWN));
    }

    private static Collection<String> parameters(KnownNames names, String text) {
        Matcher scheme = SCHEME.matcher(text);
        return scheme.find() ? names.parameters(scheme.group(1)) : Set.of();
    }

    /** @param definition what Camel has read of the route; null if it could not */
    RouteProblem of(
            String file, String id, RouteSource source, int line, RouteDefinition definition, Throwable failure) {
        Cause cause = cause(failure);
        String all = chain(failure);
        Integer at = cause.line != null ? cause.line : failedStep(source, definition, all);
        for (Unknown unknown : unknowns) {
            Matcher message = unknown.message.matcher(all);
            if (message.find()) {
                String name = message.group(1);
                Place place = source.find(name, at == null ? line : at)
                        .or(() -> source.find(name, line))
                        .orElse(null);
                Integer foundLine = place != null ? Integer.valueOf(place.line()) : at;
                String key =
                        foundLine == null ? null : source.above(name, foundLine).orElse(null);
                return new RouteProblem(
                        file,
                        foundLine == null ? Integer.valueOf(line) : foundLine,
                        place == null ? cause.column : Integer.valueOf(place.column()),
                        id,
                        unknown.words.formatted(name),
                        null,
                        Nearest.to(name, unknown.known.apply(key, all)));
            }
        }
        Place step = cause.line == null && at != null ? source.stepAt(at).orElse(null) : null;
        return step == null
                ? new RouteProblem(file, at == null ? line : at, cause.column, id, cause.reason)
                : new RouteProblem(file, step.line(), step.column(), id, cause.reason);
    }

    /** The line of the step, right in the route, that could not be built. */
    private static Integer failedStep(RouteSource source, RouteDefinition definition, String message) {
        if (definition != null) {
            for (ProcessorDefinition<?> step : definition.getOutputs()) {
                String name = step.toString();
                if (step.getLineNumber() > 0
                        && message.contains(">>> " + name.substring(0, Math.min(name.length(), LONGEST_NAME)))) {
                    return source.stepOf(step.getShortName(), step.getLineNumber())
                            .map(Place::line)
                            .orElse(step.getLineNumber());
                }
            }
        }
        return null;
    }

    private record Cause(Integer line, Integer column, String reason) {}

    /** A failure that belongs to no route. */
    public static RouteProblem of(String file, Throwable failure) {
        Cause cause = cause(failure);
        return new RouteProblem(file, cause.line, cause.column, null, cause.reason);
    }

    /** The message of the innermost cause, with its place if Camel gives one. */
    private static Cause cause(Throwable failure) {
        Integer line = null;
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
                reason = cause.getMessage();
            }
            cause = cause.getCause();
        }
        return new Cause(line, column, reason == null ? failure.getClass().getSimpleName() : firstLine(reason));
    }

    private static String firstLine(String text) {
        String line = text.strip().lines().findFirst().orElse("");
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "...";
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
}
