package dev.caravan.routes.check;

import dev.caravan.routes.files.RouteFile;
import dev.caravan.routes.files.RouteText;
import dev.caravan.routes.files.YamlText;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
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
    private final String text;
    private final int first;
    private final int last;
    private Outline outline;

    private RouteSource(String text, int first, int last) {
        this.text = text;
        this.first = first;
        this.last = last;
    }

    static RouteSource of(RouteFile file, RouteText route) {
        int last = file.routes().stream()
                        .mapToInt(RouteText::line)
                        .filter(line -> line > route.line())
                        .min()
                        .orElse(Integer.MAX_VALUE)
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

    /** Its own lines alone. */
    String lines() {
        return text.lines().skip(first - 1L).limit(last - first + 1L).collect(Collectors.joining("\n"));
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
        return outline().keys.stream()
                .filter(one -> one.name.equals(key) && line(one.node) == line)
                .map(Key::parent)
                .findFirst();
    }

    /**
     * Where a step begins.
     *
     * @param number what Camel takes for its line: that of its name, but the one above if what follows begins beside it
     */
    Optional<Place> stepOf(String name, int number) {
        return outline().keys.stream()
                .filter(key ->
                        key.name.equals(name) && line(key.value) - (key.value instanceof MappingNode ? 1 : 0) == number)
                .map(key -> place(key.in))
                .findFirst();
    }

    /** Where the innermost step begins that a line belongs to. */
    Optional<Place> stepAt(int line) {
        return step(line).map(RouteSource::place);
    }

    private Optional<Node> step(int line) {
        return outline().steps.stream()
                .filter(step -> line(step) <= line && line <= lastLine(step))
                .findFirst();
    }

    private static Place place(Node node) {
        var start = node.getStartMark().orElseThrow();
        return new Place(start.getLine() + 1, start.getColumn() + 1);
    }

    /** The same with a step that does nothing instead of the innermost one at a place; empty if no step is there. */
    Optional<RouteSource> withoutStepAt(int line) {
        return step(line).map(step -> {
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

    static int line(Node node) {
        return node.getStartMark().orElseThrow().getLine() + 1;
    }

    /** What is written in lines ends where the next thing begins, what is written in brackets with its bracket. */
    static int lastLine(Node node) {
        var end = node.getEndMark().orElseThrow();
        boolean inBrackets = node instanceof MappingNode mapping && mapping.getFlowStyle() == FlowStyle.FLOW;
        return inBrackets || end.getLine() + 1 == line(node) ? end.getLine() + 1 : end.getLine();
    }

    /** @param parent the key above this one */
    private record Key(String parent, String name, Node node, MappingNode in, Node value) {}

    /** What stands in a text. */
    private static final class Outline {
        private final List<Key> keys = new ArrayList<>();
        /** Those within a step come before it. */
        private final List<Node> steps = new ArrayList<>();

        void add(Node node, String parent) {
            if (node instanceof MappingNode mapping) {
                for (NodeTuple tuple : mapping.getValue()) {
                    String name = tuple.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
                    keys.add(new Key(parent, name, tuple.getKeyNode(), mapping, tuple.getValueNode()));
                    add(tuple.getValueNode(), name);
                }
            } else if (node instanceof SequenceNode list) {
                for (Node item : list.getValue()) {
                    add(item, parent);
                    if (parent.equals("steps")) {
                        steps.add(item);
                    }
                }
            }
        }
    }

    private Outline outline() {
        if (outline == null) {
            outline = read();
        }
        return outline;
    }

    private Outline read() {
        Outline read = new Outline();
        try {
            new Compose(YamlText.settings("", text)).composeString(text).ifPresent(root -> read.add(root, ""));
        } catch (RuntimeException | StackOverflowError e) { // then nothing can be said about it
            return new Outline();
        }
        return read;
    }
}
