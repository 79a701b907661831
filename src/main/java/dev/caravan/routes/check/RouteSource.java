package dev.caravan.routes.check;

import dev.caravan.routes.files.RouteFile;
import dev.caravan.routes.files.RouteText;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * The text of one route of a file, on the lines on which it stands there, so that what is wrong with another route does
 * not hide what is wrong with this one.
 */
final class RouteSource {
    private static final LoadSettings SETTINGS = LoadSettings.builder().build();

    private final String text;
    private final int first;
    private final int last;

    private RouteSource(String text, int first, int last) {
        this.text = text;
        this.first = first;
        this.last = last;
    }

    static RouteSource of(RouteFile file, RouteText route) {
        int lines = (int) file.text().lines().count();
        int last = file.routes().stream()
                        .mapToInt(RouteText::line)
                        .filter(line -> line > route.line())
                        .min()
                        .orElse(lines + 1)
                - 1;
        boolean alone = file.routes().stream()
                        .filter(other -> other.line() == route.line())
                        .count()
                == 1;
        return new RouteSource(alone ? blankOutside(file.text(), route.line(), last) : file.text(), route.line(), last);
    }

    private static String blankOutside(String text, int first, int last) {
        StringBuilder alone = new StringBuilder();
        int number = 0;
        for (String line : text.lines().toList()) {
            number++;
            alone.append(number < first || number > last ? "" : line).append('\n');
        }
        return alone.toString();
    }

    String text() {
        return text;
    }

    /** A place in the text, both from 1. */
    record Place(int line, int column) {}

    /** Where a word stands first, from a line on. */
    Optional<Place> find(String word, int from) {
        Pattern whole = Pattern.compile("(?<![A-Za-z0-9_])" + Pattern.quote(word) + "(?![A-Za-z0-9_])");
        int number = 0;
        for (String line : text.lines().toList()) {
            number++;
            Matcher at = whole.matcher(line);
            if (number >= Math.max(first, from) && number <= last && at.find()) {
                return Optional.of(new Place(number, at.start() + 1));
            }
        }
        return Optional.empty();
    }

    /** The key above a key: the step in which an option stands. */
    Optional<String> above(String key, int line) {
        return root().map(root -> above(root, "", key, line));
    }

    private static String above(Node node, String parent, String key, int line) {
        if (node instanceof MappingNode mapping) {
            for (NodeTuple tuple : mapping.getValue()) {
                String name = tuple.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
                if (name.equals(key) && line(tuple.getKeyNode()) == line) {
                    return parent;
                }
                String found = above(tuple.getValueNode(), name, key, line);
                if (found != null) {
                    return found;
                }
            }
        } else if (node instanceof SequenceNode list) {
            for (Node item : list.getValue()) {
                String found = above(item, parent, key, line);
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }

    /**
     * Where a step begins.
     *
     * @param number what Camel takes for its line: that of its name, but the one above if what follows begins beside it
     */
    Optional<Place> stepOf(String name, int number) {
        return root().map(root -> stepOf(root, name, number)).map(RouteSource::place);
    }

    private static Node stepOf(Node node, String name, int number) {
        if (node instanceof MappingNode mapping) {
            for (NodeTuple tuple : mapping.getValue()) {
                Node value = tuple.getValueNode();
                boolean isNamed = tuple.getKeyNode() instanceof ScalarNode key
                        && key.getValue().equals(name);
                if (isNamed && line(value) - (value instanceof MappingNode ? 1 : 0) == number) {
                    return mapping;
                }
                Node found = stepOf(value, name, number);
                if (found != null) {
                    return found;
                }
            }
        } else if (node instanceof SequenceNode list) {
            for (Node item : list.getValue()) {
                Node found = stepOf(item, name, number);
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }

    private static Place place(Node node) {
        var start = node.getStartMark().orElseThrow();
        return new Place(start.getLine() + 1, start.getColumn() + 1);
    }

    /** Where the innermost step begins that a line belongs to. */
    Optional<Place> stepAt(int line) {
        return root().map(root -> stepAt(root, line, false)).map(RouteSource::place);
    }

    /** The same with a step that does nothing instead of the innermost one at a place; empty if no step is there. */
    Optional<RouteSource> withoutStepAt(int line) {
        return root().map(root -> stepAt(root, line, false)).map(step -> {
            int start =
                    text.offsetByCodePoints(0, step.getStartMark().orElseThrow().getIndex());
            int end = text.offsetByCodePoints(0, step.getEndMark().orElseThrow().getIndex());
            String old = text.substring(start, end);
            // As many lines as before, and the indentation of what follows.
            String rest = old.contains("\n") ? old.substring(old.lastIndexOf('\n') + 1) : "";
            String lines = "\n".repeat((int) old.chars().filter(c -> c == '\n').count());
            return new RouteSource(
                    text.substring(0, start) + "log: removed" + lines + rest + text.substring(end), first, last);
        });
    }

    private static Node stepAt(Node node, int line, boolean steps) {
        if (node instanceof MappingNode mapping) {
            for (NodeTuple tuple : mapping.getValue()) {
                boolean isSteps = tuple.getKeyNode() instanceof ScalarNode key
                        && key.getValue().equals("steps");
                Node found = stepAt(tuple.getValueNode(), line, isSteps);
                if (found != null) {
                    return found;
                }
            }
        } else if (node instanceof SequenceNode list) {
            for (Node item : list.getValue()) {
                Node found = stepAt(item, line, false);
                if (found != null) {
                    return found;
                }
                if (steps && line(item) <= line && line <= lastLine(item)) {
                    return item;
                }
            }
        }
        return null;
    }

    private static int line(Node node) {
        return node.getStartMark().orElseThrow().getLine() + 1;
    }

    /** What is written in lines ends where the next thing begins, what is written in brackets with its bracket. */
    private static int lastLine(Node node) {
        var end = node.getEndMark().orElseThrow();
        boolean inBrackets = node instanceof MappingNode mapping && mapping.getFlowStyle() == FlowStyle.FLOW;
        return inBrackets || end.getLine() + 1 == line(node) ? end.getLine() + 1 : end.getLine();
    }

    private Optional<Node> root() {
        try {
            return new Compose(SETTINGS).composeString(text);
        } catch (RuntimeException | StackOverflowError e) { // then nothing can be said about it
            return Optional.empty();
        }
    }
}
