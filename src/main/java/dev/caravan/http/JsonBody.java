package dev.caravan.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;
import org.springframework.http.MediaType;

/** The JSON that a client sends, for routes that want it as text. No state. */
public final class JsonBody {
    /** How deep it may be nested. */
    public static final int MAX_DEPTH = 255;

    private static final Set<String> NDJSON = Set.of("x-ndjson", "ndjson");

    private static final char BYTE_ORDER_MARK = '\ufeff';

    private JsonBody() {}

    /** Whether a Content-Type says that a body is JSON in UTF-8. */
    public static boolean isJson(String contentType) {
        return isUtf8(contentType, subtype -> subtype.equals("json") || subtype.endsWith("+json"));
    }

    /** Whether a Content-Type says that each line of a body is JSON in UTF-8. */
    public static boolean isNdjson(String contentType) {
        return isUtf8(contentType, NDJSON::contains);
    }

    private static boolean isUtf8(String contentType, Predicate<String> subtype) {
        try {
            MediaType type = contentType == null ? MediaType.ALL : MediaType.parseMediaType(contentType);
            return type.getType().equals("application")
                    && subtype.test(type.getSubtype())
                    && (type.getCharset() == null || UTF_8.equals(type.getCharset()));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /**
     * Reads a body, which must be JSON to the letter of RFC 8259: no NaN, no comments, no trailing commas, no name
     * twice in an object, no nesting deeper than {@value #MAX_DEPTH}. What passes is kept as it was sent, but for a
     * byte order mark.
     *
     * @return the text, or null if there is no body
     * @throws IllegalArgumentException if it is not such JSON; the message says where
     */
    public static String read(byte[] body) {
        if (body == null || body.length == 0) {
            return null;
        }
        String text;
        try {
            text = UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("The body is not UTF-8.", e);
        }
        while (!text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK) {
            text = text.substring(1);
        }
        if (text.isBlank()) {
            return null;
        }
        try (JsonReader reader = new JsonReader(new StringReader(text))) {
            reader.setStrictness(Strictness.STRICT);
            reader.setNestingLimit(MAX_DEPTH);
            check(reader);
        } catch (IOException | IllegalStateException | NumberFormatException e) {
            throw new IllegalArgumentException("The body is not JSON: " + firstLine(e.getMessage()), e);
        }
        return text;
    }

    private static void check(JsonReader reader) throws IOException {
        Deque<Set<String>> objects = new ArrayDeque<>();
        while (true) {
            switch (reader.peek()) {
                case BEGIN_OBJECT -> {
                    reader.beginObject();
                    objects.push(new HashSet<>());
                }
                case END_OBJECT -> {
                    reader.endObject();
                    objects.pop();
                }
                case NAME -> {
                    String name = reader.nextName();
                    if (!objects.element().add(name)) {
                        throw new IOException(
                                "the name \"" + name + "\" stands twice in one object at path " + reader.getPath());
                    }
                }
                case BEGIN_ARRAY -> reader.beginArray();
                case END_ARRAY -> reader.endArray();
                case STRING -> reader.nextString(); // where skipValue() would let control characters pass
                case END_DOCUMENT -> {
                    return;
                }
                default -> reader.skipValue();
            }
        }
    }

    private static String firstLine(String message) {
        return message == null ? "" : message.lines().findFirst().orElse("");
    }
}
