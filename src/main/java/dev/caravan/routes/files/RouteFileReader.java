package dev.caravan.routes.files;

import dev.caravan.routes.guard.AllowedClasses;
import dev.caravan.routes.guard.ClassGuard;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Reads the text of a route file and checks the rules that need no Camel: its size and depth, that it holds nothing but
 * routes, each with an id, and that it names no class in one of the usual spellings. {@link ClassGuard} finds the others;
 * here the place is known. Time and memory are bounded whatever the text. Thread-safe.
 */
public final class RouteFileReader {
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");
    /** Keys whose value is a class that Camel makes an object of. */
    private static final Set<String> CLASS_KEYS =
            Set.of("beantype", "unmarshaltype", "unmarshaltypename", "collectiontype", "collectiontypename");

    private static final Pattern CLASS_REFERENCE =
            Pattern.compile("(?:#class:|#type:|bean:(?://)?type:|^type:|^class:(?://)?|\\$\\{type:)([\\w.$]+)");

    /** What an expression converts to, compares with, or says that a parameter is. No text makes these go back far. */
    private static final List<Pattern> TYPES = List.of(
            Pattern.compile("(?:[aA]s\\((?:[^,()]*+,)?\\s*+|\\bis\\s++)['\"]?((?:\\w++\\.)+[A-Z][\\w$]*+)"),
            Pattern.compile("(?<![\\w.$])((?:[\\w$]++\\.)*+[\\w$]++)(?<=\\.class)\\s*+[,)]"));

    private static final Pattern RESOURCE = Pattern.compile("resource:(\\w+):");
    private static final Pattern FUNCTION = Pattern.compile("\\$(?:simple)?\\{");
    private static final Set<String> EXPRESSION_KEYS = Set.of("simple", "expression", "method");

    private final long maxSize;
    private final AllowedClasses allowed;
    private final UnaryOperator<String> placeholders;

    /**
     * @param maxSize in bytes, of one file
     * @param placeholders fills in {@code {{...}}}, or throws a {@link RuntimeException}
     */
    public RouteFileReader(long maxSize, AllowedClasses allowed, UnaryOperator<String> placeholders) {
        this.maxSize = maxSize;
        this.allowed = allowed;
        this.placeholders = placeholders;
    }

    /**
     * @param name of the file, for the problems
     * @throws RoutesRejected with everything that is wrong with the text, as far as it could be read
     */
    public RouteFile read(String name, byte[] bytes) throws RoutesRejected {
        YamlText yaml = YamlText.read(name, bytes, maxSize);
        return new RouteFile(name, yaml.text(), RouteFile.revision(yaml.text()), routes(name, yaml.root()));
    }

    private List<RouteText> routes(String name, Node root) throws RoutesRejected {
        if (!(root instanceof SequenceNode list) || list.getValue().isEmpty()) {
            throw new RoutesRejected(new RouteProblem(
                    name,
                    1,
                    null,
                    null,
                    root == null
                            ? "is empty; to remove its routes, remove the file"
                            : "must be a list of routes, each beginning with \"- route:\""));
        }
        Reading reading = new Reading(name);
        list.getValue().forEach(reading::entry);
        if (!reading.problems.isEmpty()) {
            throw new RoutesRejected(reading.problems);
        }
        return reading.routes;
    }

    private static Integer line(Optional<Mark> mark) {
        return mark.map(at -> at.getLine() + 1).orElse(null);
    }

    private static Integer column(Optional<Mark> mark) {
        return mark.map(at -> at.getColumn() + 1).orElse(null);
    }

    /** The reading of one file: what was found in it so far, good and bad. */
    private final class Reading {
        private final String name;
        private final List<RouteText> routes = new ArrayList<>();
        private final List<RouteProblem> problems = new ArrayList<>();
        private String route;

        Reading(String name) {
            this.name = name;
        }

        void entry(Node node) {
            route = null;
            if (!(node instanceof MappingNode entry) || entry.getValue().size() != 1) {
                problem(node, "must be one \"- route:\"");
                return;
            }
            NodeTuple only = entry.getValue().get(0);
            String key = text(only.getKeyNode());
            if (!"route".equals(key)) {
                problem(node, reasonAgainst(key));
            } else if (only.getValueNode() instanceof MappingNode definition) {
                route(node, definition);
            } else {
                problem(node, "the route is empty");
            }
        }

        private static String reasonAgainst(String key) {
            return switch (key == null ? "" : key) {
                case "from" -> "\"- from:\" has no id; write \"- route:\" with an id, and \"from:\" in it";
                case "beans" -> "beans cannot be made by a live file; put them into a jar on the class path";
                case "rest", "restConfiguration", "rest-configuration" ->
                    "REST endpoints cannot be made by a live file; call a direct: route of yours from Java";
                case "routeConfiguration", "route-configuration", "onException", "on-exception", "errorHandler" ->
                    "what happens on failure is named by routeConfigurationId, not written into a live file";
                default -> "\"" + key + "\" cannot stand in a live file; only \"route\" can";
            };
        }

        private void route(Node entry, MappingNode definition) {
            Node idNode = value(definition, "id");
            String id = text(idNode);
            if (id == null || !ID.matcher(id).matches()) {
                problem(
                        idNode == null ? entry : idNode,
                        "the route needs an id: letters, digits, and . _ - after the first, 100 at the most");
                return;
            }
            route = id;
            if (routes.stream().anyMatch(other -> other.id().equals(id))) {
                problem(idNode, "the id stands twice in this file");
            }
            if (value(definition, "from") == null) {
                problem(entry, "the route has no \"from\"");
            }
            StringBuilder canonical = new StringBuilder();
            walk(definition, "", canonical);
            routes.add(new RouteText(id, line(entry.getStartMark()), RouteFile.revision(canonical.toString())));
        }

        /** Writes what a node means, in one form whatever its layout, and looks for what may not be in it. */
        private void walk(Node node, String key, StringBuilder canonical) {
            if (node instanceof MappingNode mapping) {
                Set<String> seen = new HashSet<>();
                canonical.append('{');
                for (NodeTuple tuple : mapping.getValue()) {
                    String name = text(tuple.getKeyNode());
                    if (name == null || !seen.add(name)) {
                        problem(tuple.getKeyNode(), "the key " + name + " stands twice here");
                    }
                    append(canonical, String.valueOf(name)).append(':');
                    walk(tuple.getValueNode(), String.valueOf(name), canonical);
                }
                canonical.append('}');
            } else if (node instanceof SequenceNode list) {
                canonical.append('[');
                list.getValue().forEach(item -> walk(item, key, canonical));
                canonical.append(']');
            } else if (node instanceof ScalarNode scalar) {
                append(canonical, scalar.getTag().getValue());
                append(canonical, scalar.getValue()).append(',');
                rejectClasses(scalar, key);
            }
        }

        /** With its length in front, no text can pass for another structure. */
        private static StringBuilder append(StringBuilder canonical, String text) {
            return canonical.append(text.length()).append('"').append(text);
        }

        private void rejectClasses(ScalarNode scalar, String key) {
            String text = filledIn(scalar.getValue());
            if (CLASS_KEYS.contains(key.replace("-", "").toLowerCase(Locale.ROOT))) {
                rejectClass(scalar, text);
            }
            Matcher references = CLASS_REFERENCE.matcher(text);
            while (references.find()) {
                rejectClass(scalar, references.group(1));
            }
            Matcher resources = RESOURCE.matcher(text);
            while (resources.find()) {
                if (!ClassGuard.isLocal(resources.group(1))) {
                    problem(scalar, ClassGuard.notLocal(resources.group(1)));
                }
            }
            if (!FUNCTION.matcher(text).find() && !EXPRESSION_KEYS.contains(key)) {
                return;
            }
            for (Pattern pattern : TYPES) {
                Matcher types = pattern.matcher(text);
                while (types.find()) {
                    rejectClass(scalar, types.group(1).replaceFirst("\\.class$", ""));
                }
            }
            if (AllowedClasses.isReflection(text)) {
                problem(scalar, AllowedClasses.REFLECTS);
            }
        }

        private void rejectClass(Node node, String type) {
            if (!allowed.allows(type)) {
                problem(node, AllowedClasses.reason(type));
            }
        }

        /** What cannot be filled in stays as it is: the trial says what is wrong with it. */
        private String filledIn(String text) {
            try {
                return text.contains("{{") ? placeholders.apply(text) : text;
            } catch (RuntimeException | StackOverflowError e) {
                return text;
            }
        }

        private void problem(Node node, String reason) {
            problems.add(new RouteProblem(name, line(node.getStartMark()), column(node.getStartMark()), route, reason));
        }

        private static Node value(MappingNode mapping, String key) {
            for (NodeTuple tuple : mapping.getValue()) {
                if (key.equals(text(tuple.getKeyNode()))) {
                    return tuple.getValueNode();
                }
            }
            return null;
        }

        private static String text(Node node) {
            return node instanceof ScalarNode scalar ? scalar.getValue() : null;
        }
    }
}
