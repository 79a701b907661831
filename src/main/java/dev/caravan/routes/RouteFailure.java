package dev.caravan.routes;

import dev.caravan.node.Nearest;
import dev.caravan.node.Roles;
import dev.caravan.routes.RouteSource.Place;
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

/** Puts what Camel throws at a route into words for the one who wrote it: what is wrong, in which line, and what was meant. */
final class RouteFailure {
    private static final Pattern SCHEME = Pattern.compile("Failed to resolve endpoint: ([A-Za-z][A-Za-z0-9+.-]*):");
    private static final int CAUSES = 16;
    private static final int LONGEST = 500;
    private static final int LONGEST_NAME = 40;

    /**
     * A kind of unknown name.
     *
     * @param message what Camel says, with the name as its first group
     * @param words what we say instead
     * @param known the names that there are, by the key above the name and by all that Camel says
     */
    private record Unknown(
            Pattern message, String words, boolean inSteps, BiFunction<String, String, Collection<String>> known) {}

    private final List<Unknown> unknowns;

    RouteFailure(KnownNames names) {
        unknowns = List.of(
                new Unknown(
                        Pattern.compile("Unknown node id: (\\S+)"),
                        "unknown step \"%s\"",
                        true,
                        (key, text) -> names.options("steps")),
                new Unknown(
                        Pattern.compile("Unknown expression with id: (\\S+)"),
                        "unknown language \"%s\"",
                        false,
                        (key, text) -> names.options("expression")),
                new Unknown(
                        Pattern.compile("Unsupported field: (\\S+)"),
                        "unknown option \"%s\"",
                        true,
                        (key, text) -> names.options(key)),
                new Unknown(
                        Pattern.compile("No endpoint could be found for: ([A-Za-z0-9+.-]+)"),
                        "unknown component \"%s\"",
                        false,
                        (key, text) -> names.components()),
                new Unknown(
                        Pattern.compile("Unknown parameters=\\[\\{([^=]+)="),
                        "unknown option \"%s\" of an endpoint",
                        false,
                        (key, text) -> parameters(names, text)),
                new Unknown(
                        Pattern.compile("No bean could be found in the registry for: (\\S+)"),
                        "there is no bean \"%s\"",
                        false,
                        (key, text) -> names.beans()),
                new Unknown(
                        Pattern.compile("Property with key \\[([^]]+)]"),
                        "there is no setting \"%s\"",
                        false,
                        (key, text) -> names.settings()),
                new Unknown(
                        Pattern.compile("No language could be found for: (\\S+)"),
                        "there is no language \"%s\"",
                        false,
                        (key, text) -> names.languages()),
                new Unknown(
                        Pattern.compile("there is no role (\\S+), only"),
                        "there is no role \"%s\"",
                        false,
                        (key, text) -> Roles.KNOWN));
    }

    private static Collection<String> parameters(KnownNames names, String text) {
        Matcher scheme = SCHEME.matcher(text);
        return scheme.find() ? names.parameters(scheme.group(1)) : Set.of();
    }

    /** @param definition what Camel has read of the route; null if it could not */
    RouteProblem of(
            String file, String id, RouteSource source, int line, RouteDefinition definition, Throwable failure) {
        Said said = said(failure);
        String all = chain(failure);
        Integer at = said.line != null ? said.line : failedStep(source, definition, all);
        for (Unknown unknown : unknowns) {
            Matcher message = unknown.message.matcher(all);
            if (message.find()) {
                String name = message.group(1);
                Place place = source.find(name, at == null ? line : at).orElse(null);
                if (place == null) {
                    place = source.find(name, line).orElse(null);
                }
                Integer foundLine = place != null ? Integer.valueOf(place.line()) : at;
                String key = unknown.inSteps && foundLine != null
                        ? source.above(name, foundLine).orElse(null)
                        : null;
                return new RouteProblem(
                        file,
                        foundLine == null ? Integer.valueOf(line) : foundLine,
                        place == null ? said.column : Integer.valueOf(place.column()),
                        id,
                        unknown.words.formatted(name),
                        null,
                        Nearest.to(name, unknown.known.apply(key, all)));
            }
        }
        Place step = said.line == null && at != null ? source.stepAt(at).orElse(null) : null;
        return step == null
                ? new RouteProblem(file, at == null ? line : at, said.column, id, said.reason)
                : new RouteProblem(file, step.line(), step.column(), id, said.reason);
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

    private record Said(Integer line, Integer column, String reason) {}

    /** What Camel says of a failure that belongs to no route. */
    static RouteProblem of(String file, Throwable failure) {
        Said said = said(failure);
        return new RouteProblem(file, said.line, said.column, null, said.reason);
    }

    /** What Camel says, with the place if it says that too. */
    private static Said said(Throwable failure) {
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
        return new Said(line, column, reason == null ? failure.getClass().getSimpleName() : firstLine(reason));
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
