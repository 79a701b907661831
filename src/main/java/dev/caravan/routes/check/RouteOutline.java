package dev.caravan.routes.check;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * The steps of a file's routes as they stand in its text, for a drawing of them. It needs YAML alone: a step that Camel does not
 * know is in it, too.
 *
 * @param cut whether there are more steps than these
 */
public record RouteOutline(List<Step> routes, boolean cut) {
    static final int MAX_STEPS = 500;
    private static final int LONGEST = 60;
    private static final String STEPS = "steps";
    /** What stands in a step beside its steps, with steps of its own. */
    private static final Set<String> CLAUSES = Set.of("when", "otherwise", "doCatch", "doFinally", "onFallback");
    /** Each of their steps gets the message for itself. */
    private static final Set<String> DISTRIBUTORS = Set.of("multicast", "loadBalance");
    /** Where a label is looked for first. */
    private static final List<String> SUBJECTS = List.of("uri", "expression", "message", "exception");
    /** What never makes a label. */
    private static final Set<String> ASIDES = Set.of("id", "name", "description", "note", "disabled", "parameters");

    /**
     * A step; a route, too, whose label is its id, and whose first step is where it begins.
     *
     * @param kind such as {@code setBody}
     * @param label its endpoint, expression or the like; empty if it has none
     * @param line where it begins, from 1
     * @param last the last line that belongs to it
     * @param steps those within it that follow one another
     * @param branches those within it of which one runs, or all on the same message
     */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Step(String kind, String label, int line, int last, List<Step> steps, List<Step> branches) {}

    /** @param root of a text that is not nested too deep */
    public static RouteOutline of(Node root) {
        Reading reading = new Reading();
        List<Step> routes = new ArrayList<>();
        for (Node entry : items(root)) {
            if (value(entry, "route") instanceof MappingNode route) {
                reading.route(routes, text(value(route, "id")), entry, value(route, "from"));
            }
        }
        return new RouteOutline(routes, reading.cut);
    }

    private static final class Reading {
        private int left = MAX_STEPS;
        private boolean cut;

        /** @param from null if the route does not begin yet */
        void route(List<Step> routes, String id, Node entry, Node from) {
            List<Step> steps = new ArrayList<>();
            if (from != null && hasRoom()) {
                steps.add(new Step(
                        "from", label(from), RouteSource.line(from), RouteSource.lastLine(from), List.of(), List.of()));
                addAll(steps, value(from, STEPS));
            }
            routes.add(new Step("route", id, RouteSource.line(entry), RouteSource.lastLine(entry), steps, List.of()));
        }

        private boolean hasRoom() {
            if (left == 0) {
                cut = true;
                return false;
            }
            left--;
            return true;
        }

        private void addAll(List<Step> steps, Node list) {
            for (Node item : items(list)) {
                if (item instanceof MappingNode mapping && !mapping.getValue().isEmpty()) {
                    NodeTuple first = mapping.getValue().get(0);
                    add(steps, text(first.getKeyNode()), item, first.getValueNode());
                } else if (item instanceof ScalarNode) {
                    add(steps, text(item), item, null);
                }
            }
        }

        /**
         * @param whole where the step begins and ends
         * @param value what it says; null for nothing
         */
        private void add(List<Step> steps, String kind, Node whole, Node value) {
            if (!hasRoom()) {
                return;
            }
            List<Step> within = new ArrayList<>();
            List<Step> branches = new ArrayList<>();
            addAll(DISTRIBUTORS.contains(kind) ? branches : within, value(value, STEPS));
            if (value instanceof MappingNode mapping) {
                for (NodeTuple tuple : mapping.getValue()) {
                    String key = text(tuple.getKeyNode());
                    if (CLAUSES.contains(key)) {
                        clauses(branches, key, tuple);
                    }
                }
            }
            int last = Math.max(RouteSource.lastLine(whole), value == null ? 0 : RouteSource.lastLine(value));
            steps.add(new Step(kind, label(value), RouteSource.line(whole), last, within, branches));
        }

        private void clauses(List<Step> branches, String kind, NodeTuple tuple) {
            if (tuple.getValueNode() instanceof SequenceNode list) {
                list.getValue().forEach(one -> add(branches, kind, one, one));
            } else {
                add(branches, kind, tuple.getKeyNode(), tuple.getValueNode());
            }
        }
    }

    /** What a step does to what: its name, and its endpoint or expression. */
    private static String label(Node value) {
        if (!(value instanceof MappingNode mapping)) {
            return cut(text(value));
        }
        return cut(Stream.of(text(value(mapping, "name")), subject(mapping))
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining(" = ")));
    }

    private static String subject(MappingNode mapping) {
        String ref = text(value(mapping, "ref"));
        if (!ref.isEmpty()) {
            String method = text(value(mapping, "method"));
            return method.isEmpty() ? ref : ref + "." + method;
        }
        for (String key : SUBJECTS) {
            Node value = value(mapping, key);
            if (value != null) {
                return innermost(value);
            }
        }
        for (NodeTuple tuple : mapping.getValue()) {
            if (KnownNames.expressions().contains(text(tuple.getKeyNode()))) {
                return innermost(tuple.getValueNode());
            }
        }
        return mapping.getValue().stream()
                .filter(tuple -> tuple.getValueNode() instanceof ScalarNode)
                .filter(tuple -> !ASIDES.contains(text(tuple.getKeyNode())))
                .map(tuple -> text(tuple.getKeyNode()) + ": " + text(tuple.getValueNode()))
                .findFirst()
                .orElseGet(() -> mapping.getValue().stream()
                        .map(tuple -> text(tuple.getKeyNode())) // a data format, for instance
                        .filter(key -> !key.equals(STEPS) && !CLAUSES.contains(key) && !ASIDES.contains(key))
                        .findFirst()
                        .orElse(""));
    }

    /** The text of an expression, whichever its language. */
    private static String innermost(Node node) {
        if (node instanceof MappingNode mapping && !mapping.getValue().isEmpty()) {
            Node expression = value(mapping, "expression");
            return innermost(
                    expression != null ? expression : mapping.getValue().get(0).getValueNode());
        }
        return node instanceof SequenceNode
                ? items(node).stream().map(RouteOutline::text).collect(Collectors.joining(", "))
                : text(node);
    }

    private static String cut(String text) {
        String line = text.strip().replaceAll("\\s+", " ");
        return line.codePointCount(0, line.length()) <= LONGEST
                ? line
                : line.substring(0, line.offsetByCodePoints(0, LONGEST - 1)) + "…";
    }

    private static List<Node> items(Node node) {
        return node instanceof SequenceNode list ? list.getValue() : List.of();
    }

    private static Node value(Node node, String key) {
        if (node instanceof MappingNode mapping) {
            for (NodeTuple tuple : mapping.getValue()) {
                if (key.equals(text(tuple.getKeyNode()))) {
                    return tuple.getValueNode();
                }
            }
        }
        return null;
    }

    private static String text(Node node) {
        return node instanceof ScalarNode scalar ? scalar.getValue() : "";
    }
}
