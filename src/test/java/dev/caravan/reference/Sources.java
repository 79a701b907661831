package dev.caravan.reference;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the pages quote from the sources. */
final class Sources {
    private static final Path JAVA = Path.of("src/main/java");

    /** A text in Java, of one or more literals. */
    static final String LITERALS = "\"(?:[^\"\\\\]|\\\\.)*\"(?:\\s*\\+\\s*\"(?:[^\"\\\\]|\\\\.)*\")*";

    private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"");

    private Sources() {}

    /** All of main, by path. */
    static Map<Path, String> java() {
        return all(JAVA, ".java");
    }

    static Map<Path, String> all(Path directory, String ending) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(ending))
                    .collect(Collectors.toMap(file -> file, Sources::read, (one, other) -> one, TreeMap::new));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The module that a source belongs to, {@code job} or {@code component.websocket}. */
    static String module(Path file) {
        Path inside = JAVA.resolve("dev/caravan").relativize(file);
        return inside.startsWith("component") ? inside.getName(0) + "." + inside.getName(1) : inside.getName(0) + "";
    }

    /** The text of literals that are joined. */
    static String text(String literals) {
        return LITERAL.matcher(literals)
                .results()
                .map(literal -> literal.group(1))
                .collect(Collectors.joining())
                .translateEscapes();
    }

    /** The description of a type, and of its parameters by their names. */
    static Map<String, String> javadoc(Class<?> type) {
        Class<?> top = type.getNestHost();
        String source = read(JAVA.resolve(top.getName().replace('.', '/') + ".java"));
        Matcher matcher = Pattern.compile(
                        "/\\*\\*((?:(?!\\*/).)*)\\*/\\s*(?:@[^\\n]*\\n\\s*)*(?:public )?record " + type.getSimpleName()
                                + "\\b",
                        Pattern.DOTALL)
                .matcher(source);
        if (!matcher.find()) {
            throw new IllegalStateException("No Javadoc of " + type);
        }
        Map<String, String> parts = new TreeMap<>();
        String[] tags = matcher.group(1).replaceAll("\\s*\\n\\s*\\*", " ").split("\\s@param\\s");
        parts.put("", markdown(tags[0]));
        for (int i = 1; i < tags.length; i++) {
            String[] tag = tags[i].trim().split("\\s+", 2);
            parts.put(tag[0], markdown(tag[1]));
        }
        return parts;
    }

    /** Javadoc as Markdown: {@code {@code x}} becomes code. */
    static String markdown(String javadoc) {
        String text = javadoc.replaceAll("\\s+", " ").trim();
        String before;
        do {
            before = text;
            text = text.replaceAll("\\{@(?:code|link|value) ((?:[^{}]|\\{[^{}]*})*)}", "`$1`");
        } while (!text.equals(before));
        return text;
    }

    /** A sentence as the cell of a table. */
    static String cell(String text) {
        String sentence = text.isEmpty() ? text : Character.toUpperCase(text.charAt(0)) + text.substring(1);
        return sentence.replace("|", "\\|").replaceAll("\\s*\\n\\s*", " ").trim();
    }
}
