package dev.caravan.component.stomp;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a route makes a destination of: {@code /topic/{name}}, where a name in braces stands for one segment. */
final class DestinationPattern {
    static final String TOPIC = "/topic/";
    static final String QUEUE = "/queue/";

    private static final Pattern PARAMETER = Pattern.compile("\\{([A-Za-z][A-Za-z0-9_]*)}");
    /** What clients may put there: no patterns of other brokers, no spaces, nothing that is not printed. */
    private static final Pattern SEGMENT = Pattern.compile("[^/\\\\*#>?{}\\[\\]\\p{C}\\p{Z}]{1,100}");
    /** The name of a queue on the broker has at most 255 bytes, in UTF-8. */
    private static final int MAX_LENGTH = 80;

    private final String text;
    private final String[] segments;

    private DestinationPattern(String text) {
        this.text = text;
        this.segments = text.split("/", -1);
    }

    /** @throws IllegalArgumentException if no destination can be like this */
    static DestinationPattern of(String text) {
        if (!text.startsWith(TOPIC) && !text.startsWith(QUEUE)) {
            throw new IllegalArgumentException(
                    "a destination begins with " + TOPIC + " or " + QUEUE + ", unlike " + text);
        }
        DestinationPattern pattern = new DestinationPattern(text);
        Set<String> names = new HashSet<>();
        for (int i = 1; i < pattern.segments.length; i++) {
            Matcher parameter = PARAMETER.matcher(pattern.segments[i]);
            if (parameter.matches() ? !names.add(parameter.group(1)) : !isSegment(pattern.segments[i])) {
                throw new IllegalArgumentException(
                        "\"" + pattern.segments[i] + "\" cannot be a part of the destination " + text
                                + ": a part is text, or a name in braces that no other part has");
            }
        }
        return pattern;
    }

    private static boolean isSegment(String segment) {
        return SEGMENT.matcher(segment).matches();
    }

    boolean isQueue() {
        return text.startsWith(QUEUE);
    }

    /** Whether it has no names in braces. */
    boolean isOne() {
        return !text.contains("{");
    }

    /** The same for patterns that match the same destinations. */
    String shape() {
        return PARAMETER.matcher(text).replaceAll("{}");
    }

    /** The segments that the names in braces stand for; null if the destination is not of this pattern. */
    Map<String, String> match(String destination) {
        String[] those = destination.split("/", -1);
        if (those.length != segments.length || destination.length() > MAX_LENGTH) {
            return null;
        }
        Map<String, String> values = Map.of();
        for (int i = 0; i < segments.length; i++) {
            Matcher parameter = PARAMETER.matcher(segments[i]);
            if (parameter.matches()) {
                if (!isSegment(those[i])) {
                    return null;
                }
                values = values.isEmpty() ? new LinkedHashMap<>() : values;
                values.put(parameter.group(1), those[i]);
            } else if (!segments[i].equals(those[i])) {
                return null;
            }
        }
        return values;
    }

    /** Of two patterns that match one destination, the one with text where the other has a name comes first. */
    boolean isBefore(DestinationPattern other) {
        for (int i = 0; i < segments.length; i++) {
            boolean name = segments[i].startsWith("{");
            if (name != other.segments[i].startsWith("{")) {
                return !name;
            }
        }
        return false;
    }

    @Override
    public String toString() {
        return text;
    }
}
