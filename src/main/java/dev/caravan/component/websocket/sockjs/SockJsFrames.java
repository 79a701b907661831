package dev.caravan.component.websocket.sockjs;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import dev.caravan.component.websocket.Frames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The frames of SockJS: {@code o}, {@code h}, {@code a["one","two"]} and {@code c[3000,"Go away!"]}. */
final class SockJsFrames {
    static final String OPEN = "o";
    static final String HEARTBEAT = "h";

    private static final ObjectReader JSON = new ObjectMapper().reader();
    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private SockJsFrames() {}

    /** Messages as SockJS sends them: strings of JSON with commas between them, and one frame of all of them. */
    private record Encoded(String strings, Frames frame) {}

    private static Encoded encode(Frames frames) {
        StringBuilder json = new StringBuilder();
        for (Frames.Message message : frames.messages()) {
            if (!json.isEmpty()) {
                json.append(',');
            }
            quote(StandardCharsets.UTF_8.decode(message.payload().duplicate()), json);
        }
        String strings = json.toString();
        return new Encoded(strings, frames.wrap(messages(strings)));
    }

    /** Messages as strings of JSON, with commas between them. SockJS sends text only. */
    static String strings(Frames frames) {
        return frames.encoded(SockJsFrames::encode).strings();
    }

    /** One text frame that has the messages in a frame of SockJS. */
    static Frames frame(Frames frames) {
        return frames.encoded(SockJsFrames::encode).frame();
    }

    /** @param strings what {@link #strings} has made */
    static String messages(String strings) {
        return "a[" + strings + "]";
    }

    static String close(int code, String reason) {
        StringBuilder frame = new StringBuilder("c[").append(code).append(',');
        quote(reason == null ? "" : reason, frame);
        return frame.append(']').toString();
    }

    /**
     * Reads what a client sends: an array of strings, or one string.
     *
     * @throws IOException if it is something else
     */
    static Messages read(String json) throws IOException {
        try (JsonParser parser = JSON.createParser(json)) {
            JsonToken token = parser.nextToken();
            boolean many = token == JsonToken.START_ARRAY;
            token = many ? parser.nextToken() : token;
            int count = 0;
            while (token == JsonToken.VALUE_STRING) {
                parser.finishToken();
                count++;
                token = parser.nextToken();
            }
            boolean closed = many ? token == JsonToken.END_ARRAY && parser.nextToken() == null : token == null;
            if (!closed || !many && count != 1) {
                throw new IOException("Neither an array of strings nor a string");
            }
        }
        return new Messages(json);
    }

    /**
     * The messages that a client has sent at once, one after the other: many small ones take many times the memory of
     * their JSON. For one thread at a time.
     */
    static final class Messages {
        static final Messages NONE = new Messages("");

        /** Contains nothing but strings and what separates them. */
        private final String json;

        private int at;

        private Messages(String json) {
            this.json = json;
        }

        /** The next message; null if there is none. */
        String next() {
            int from = json.indexOf('"', at);
            if (from < 0) {
                return null;
            }
            int to = from + 1;
            boolean plain = true;
            while (json.charAt(to) != '"') {
                boolean escape = json.charAt(to) == '\\';
                plain &= !escape;
                to += escape ? 2 : 1;
            }
            at = to + 1;
            return plain ? json.substring(from + 1, to) : unquote(json.substring(from, at));
        }

        private static String unquote(String json) {
            try {
                return JSON.readValue(json, String.class);
            } catch (IOException e) {
                throw new UncheckedIOException(e); // it was parsed before
            }
        }
    }

    private static void quote(CharSequence text, StringBuilder to) {
        to.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                to.append('\\').append(c);
            } else if (isEscaped(c)) {
                to.append("\\u");
                for (int shift = 12; shift >= 0; shift -= 4) {
                    to.append(HEX[c >> shift & 0xF]);
                }
            } else {
                to.append(c);
            }
        }
        to.append('"');
    }

    /** Characters that browsers drop or break, by the specification of SockJS. */
    private static boolean isEscaped(char c) {
        return c <= 0x1F
                || c >= 0x200C && c <= 0x200F
                || c >= 0x2028 && c <= 0x202F
                || c >= 0x2060 && c <= 0x206F
                || c >= 0xFFF0
                || Character.isSurrogate(c);
    }
}
