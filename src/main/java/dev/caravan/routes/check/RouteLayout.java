package dev.caravan.routes.check;

import dev.caravan.routes.check.DslSchema.Part;
import dev.caravan.routes.files.RouteFile;
import dev.caravan.routes.files.RouteProblem;
import dev.caravan.routes.files.RoutesRejected;
import dev.caravan.routes.files.YamlText;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.CollectionNode;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * The text of a route file in one layout: every option and list item in a line of its own, indented by two, and what Camel's
 * language lets an author leave out written out. Each scalar is copied as it was written, and so is each comment: SnakeYAML's own
 * emitter moves comments, and loses the lines of folded texts.
 */
final class RouteLayout {
    private static final int INDENT = 2;
    /** What begins a block: an anchor or a tag, its style, how it ends, how far it is indented, and a comment. */
    private static final Pattern BLOCK = Pattern.compile("((?:[!&]\\S*\\s+)*[|>])([+-]?)([1-9]?)([+-]?)(.*)");

    private static final Set<Tag> UNTAGGED = Set.of(Tag.MAP, Tag.SEQ);

    private final String file;
    /** In code points, as SnakeYAML counts. */
    private final int[] text;

    private final Node root;
    private final List<Aside> asides = new ArrayList<>();
    private int next;
    private final List<String> out = new ArrayList<>();
    /** Whether a comment can be added to the last line. */
    private boolean open;

    private RouteLayout(RouteFile file) {
        String unix = file.text().replace("\uFEFF", "").replace("\r\n", "\n").replace('\r', '\n');
        this.file = file.name();
        this.text = unix.codePoints().toArray();
        this.root = new Compose(YamlText.settings(file.name(), unix))
                .composeString(unix)
                .orElseThrow();
        readAsides();
    }

    /** @throws RoutesRejected if there is something in it that has no place in a route file */
    static String of(RouteFile file) throws RoutesRejected {
        RouteLayout layout = new RouteLayout(file);
        layout.list((SequenceNode) layout.root, DslSchema.entry(), 0, "", -1);
        layout.writeAsides(Integer.MAX_VALUE, 0);
        return String.join("\n", layout.out).stripTrailing() + "\n";
    }

    /** The comments of a file, sorted. */
    static List<String> comments(RouteFile file) {
        return new RouteLayout(file)
                .asides.stream()
                        .map(Aside::text)
                        .filter(comment -> !comment.isEmpty())
                        .sorted()
                        .toList();
    }

    /**
     * What is no YAML: a comment, or an empty line.
     *
     * @param text with its {@code #}; empty for an empty line
     * @param column of the text, from 0
     * @param beside whether something stands before it in its line
     */
    private record Aside(int start, int column, String text, boolean beside) {}

    /** Outside of texts, a {@code #} can only begin a comment. */
    private void readAsides() {
        List<int[]> scalars = new ArrayList<>();
        findScalars(root, scalars);
        Iterator<int[]> following = scalars.iterator();
        int[] scalar = following.hasNext() ? following.next() : null;
        int lineStart = 0;
        boolean blank = true;
        boolean beside = false;
        for (int at = 0; at < text.length; at++) {
            if (scalar != null && at >= scalar[0]) {
                for (; at < scalar[1]; at++) {
                    lineStart = text[at] == '\n' ? at + 1 : lineStart;
                }
                beside |= scalar[1] > scalar[0];
                blank = blank && !beside;
                scalar = following.hasNext() ? following.next() : null;
                at--;
            } else if (text[at] == '\n') {
                if (blank) {
                    asides.add(new Aside(at, 0, "", false));
                }
                lineStart = at + 1;
                blank = true;
                beside = false;
            } else if (text[at] == '#') {
                int end = at;
                while (end < text.length && text[end] != '\n') {
                    end++;
                }
                asides.add(new Aside(at, at - lineStart, slice(at, end).stripTrailing(), beside));
                blank = false;
                at = end - 1;
            } else if (!Character.isWhitespace(text[at])) {
                blank = false;
                beside |= text[at] != '-';
            }
        }
    }

    private void findScalars(Node node, List<int[]> scalars) {
        if (node instanceof MappingNode mapping) {
            mapping.getValue().forEach(tuple -> {
                findScalars(tuple.getKeyNode(), scalars);
                findScalars(tuple.getValueNode(), scalars);
            });
        } else if (node instanceof SequenceNode list) {
            list.getValue().forEach(item -> findScalars(item, scalars));
        } else if (node instanceof ScalarNode scalar) {
            int start = start(scalar);
            scalars.add(new int[] {start, start + (int) raw(scalar).codePoints().count()});
        }
    }

    /**
     * @param indent of its items
     * @param prefix what stands in the line of the first item already; empty for nothing
     * @param above the column of what it belongs to
     */
    private void list(SequenceNode list, Part part, int indent, String prefix, int above) throws RoutesRejected {
        requireUntagged(list);
        String before = prefix;
        for (Node item : list.getValue()) {
            if (before.isEmpty()) {
                writeAsides(start(item), indent);
                before = pad(indent);
            }
            item(item, part, indent, before + "- ", column(list));
            before = "";
        }
        close(list, indent, above);
    }

    private void item(Node item, Part part, int indent, String dash, int column) throws RoutesRejected {
        if (item instanceof ScalarNode scalar) {
            String option = part.shorthand() == null || isNothing(scalar) ? "" : part.shorthand() + ": ";
            scalar(dash + option, scalar, option.isEmpty() ? indent : indent + INDENT, column);
        } else if (isEmpty(item)) {
            empty(dash, item);
        } else if (item instanceof MappingNode mapping) {
            mapping(mapping, part, indent + INDENT, dash, column);
        } else if (item instanceof SequenceNode inner) {
            list(inner, part, indent + INDENT, dash, column);
        }
    }

    /** @param prefix what stands in the line of the first option already; empty for nothing */
    private void mapping(MappingNode mapping, Part part, int indent, String prefix, int above) throws RoutesRejected {
        requireUntagged(mapping);
        List<String> names = new ArrayList<>();
        for (NodeTuple tuple : mapping.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode key) || raw(key).contains("\n")) {
                throw rejected(tuple.getKeyNode(), "a name is a text in one line");
            }
            names.add(key.getValue());
        }
        boolean complete = names.contains(DslSchema.EXPRESSION)
                || names.stream().filter(part.languages()::contains).count() != 1;
        String before = prefix;
        for (int i = 0; i < names.size(); i++) {
            ScalarNode key = (ScalarNode) mapping.getValue().get(i).getKeyNode();
            Node value = mapping.getValue().get(i).getValueNode();
            String name = names.get(i);
            String written = raw(key);
            if (before.isEmpty()) {
                writeAsides(start(key), indent);
                before = pad(indent);
            }
            if (complete || !part.languages().contains(name)) {
                option(before + written, value, part.below(name), indent, column(key));
            } else {
                line(before + DslSchema.EXPRESSION + ":");
                Part language = part.below(DslSchema.EXPRESSION).below(name);
                option(pad(indent + INDENT) + written, value, language, indent + INDENT, column(key));
            }
            before = "";
        }
        close(mapping, indent, above);
    }

    /** @param name with what stands before it */
    private void option(String name, Node value, Part part, int indent, int column) throws RoutesRejected {
        if (value instanceof ScalarNode scalar) {
            if (part.shorthand() == null || isNothing(scalar)) {
                scalar(name + ": ", scalar, indent, column);
            } else {
                line(name + ":");
                scalar(pad(indent + INDENT) + part.shorthand() + ": ", scalar, indent + INDENT, column);
            }
        } else if (isEmpty(value)) {
            empty(name + ": ", value);
        } else {
            line(name + ":");
            if (value instanceof MappingNode mapping) {
                mapping(mapping, part, indent + INDENT, "", column);
            } else if (value instanceof SequenceNode list) {
                list(list, part, indent + INDENT, "", column);
            }
        }
    }

    /**
     * @param indent of what it belongs to
     * @param column of that, in the old text
     */
    private void scalar(String prefix, ScalarNode scalar, int indent, int column) {
        String[] lines = raw(scalar).split("\n", -1);
        String inner = pad(indent + INDENT);
        if (!isBlock(scalar)) {
            line((prefix + lines[0]).stripTrailing());
            for (int i = 1; i < lines.length; i++) { // where YAML counts no blanks
                line(lines[i].isBlank() ? "" : inner + lines[i].stripLeading());
            }
            return;
        }
        Matcher block = BLOCK.matcher(lines[0]);
        if (!block.matches()) {
            throw new IllegalStateException("A block begins with its style: " + lines[0]);
        }
        boolean counted = !block.group(3).isEmpty();
        line(prefix
                + block.group(1)
                + (counted ? INDENT : "")
                + block.group(2)
                + block.group(4)
                + block.group(5).stripTrailing());
        int old = counted ? column + Integer.parseInt(block.group(3)) : indentOf(lines);
        for (int i = 1; i < lines.length; i++) {
            line(lines[i].length() <= old ? "" : inner + lines[i].substring(old));
        }
        open = false;
    }

    private static int indentOf(String[] block) {
        for (int i = 1; i < block.length; i++) {
            int first = block[i].length() - block[i].stripLeading().length();
            if (first < block[i].length()) {
                return first;
            }
        }
        return Integer.MAX_VALUE;
    }

    private void empty(String prefix, Node collection) throws RoutesRejected {
        requireUntagged(collection);
        line(prefix + (collection instanceof MappingNode ? "{}" : "[]"));
    }

    private static boolean isEmpty(Node node) {
        return node instanceof CollectionNode<?> collection
                && collection.getValue().isEmpty();
    }

    private boolean isNothing(ScalarNode scalar) {
        return raw(scalar).isEmpty();
    }

    private static boolean isBlock(ScalarNode scalar) {
        return scalar.getScalarStyle() == ScalarStyle.LITERAL || scalar.getScalarStyle() == ScalarStyle.FOLDED;
    }

    /** Writes the comments that stand before a place. */
    private void writeAsides(int place, int indent) {
        while (next < asides.size() && asides.get(next).start < place) {
            write(asides.get(next++), indent);
        }
    }

    /** Writes the comments at the end of a list or mapping that are indented as what is in it. */
    private void close(CollectionNode<?> collection, int indent, int above) {
        int end = RouteLayout.end(collection);
        boolean flow = collection.getFlowStyle() == FlowStyle.FLOW;
        for (int i = next; i < asides.size() && asides.get(i).start < end; i++) {
            Aside aside = asides.get(i);
            if (aside.text.isEmpty()) {
                continue; // it goes with the comment that follows it
            }
            if (!flow && !aside.beside && aside.column <= above) {
                return;
            }
            writeAsides(aside.start + 1, indent);
        }
    }

    private void write(Aside aside, int indent) {
        int last = out.size() - 1;
        if (aside.text.isEmpty()) {
            if (last >= 0 && !out.get(last).isEmpty()) {
                line("");
            }
        } else if (aside.beside && open) {
            out.set(last, out.get(last) + " " + aside.text);
        } else {
            line(pad(indent) + aside.text);
        }
        open = false;
    }

    private void line(String line) {
        out.add(line);
        open = true;
    }

    private static String pad(int indent) {
        return " ".repeat(indent);
    }

    /** A scalar as it was written; the line end of a block is not part of it, and empty lines after it only if they count. */
    private String raw(ScalarNode scalar) {
        String raw = slice(start(scalar), end(scalar));
        if (!isBlock(scalar)) {
            return raw;
        }
        String[] lines = raw.split("\n", -1);
        Matcher block = BLOCK.matcher(lines[0]);
        int count = lines.length;
        if (block.matches() && (block.group(2) + block.group(4)).equals("+")) {
            return lines[count - 1].isBlank() ? raw.substring(0, raw.lastIndexOf('\n')) : raw;
        }
        int indent = indentOf(lines); // what is blank beyond it is text
        while (count > 1 && lines[count - 1].isBlank() && lines[count - 1].length() <= indent) {
            count--;
        }
        return String.join("\n", List.of(lines).subList(0, count));
    }

    private String slice(int start, int end) {
        return new String(text, start, end - start);
    }

    private static int start(Node node) {
        return node.getStartMark().orElseThrow().getIndex();
    }

    private static int end(Node node) {
        return node.getEndMark().orElseThrow().getIndex();
    }

    private static int column(Node node) {
        return node.getStartMark().orElseThrow().getColumn();
    }

    private void requireUntagged(Node node) throws RoutesRejected {
        if (node.getAnchor().isPresent() || !UNTAGGED.contains(node.getTag())) {
            throw rejected(node, "an anchor or a tag has no place in a route file");
        }
    }

    private RoutesRejected rejected(Node node, String reason) {
        return new RoutesRejected(new RouteProblem(
                file, RouteSource.line(node), column(node) + 1, null, "cannot be formatted: " + reason));
    }
}
