package dev.caravan.websocket;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;

/** The frames of SockJS: {@code o}, {@code h}, {@code a["one","two"]} and {@code c[3000,"Go away!"]}. */
final class SockJsFrames {
    static final String OPEN = "o";
    static final String HEARTBEAT = "h";

    private static final ObjectReader JSON = new ObjectMapper().reader();
    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private SockJsFrames() {}

    /** Messages as strings of JSON, with commas between them. SockJS knows but text. */
    static String strings(List<Frames.Message> messages) {
        StringBuilder json = new StringBuilder();
        for (Frames.Message message : messages) {
            if (!json.isEmpty()) {
                json.append(',');
            }
            quote(StandardCharsets.UTF_8.decode(message.payload().duplicate()), json);
        }
        return json.toString();
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
     * What a client sends: an array of strings, or one string.
     *
     * @throws IOException if it is something else
     */
    static Queue<String> read(byte[] json) throws IOException {
        String text = new String(json, StandardCharsets.UTF_8).strip();
        if (text.startsWith("\"")) {
            return new ArrayDeque<>(List.of(JSON.readValue(text, String.class)));
        }
        Queue<String> messages = new ArrayDeque<>();
        for (String message : JSON.readValue(text, String[].class)) {
            if (message == null) {
                throw new IOException("null is no message");
            }
            messages.add(message);
        }
        return messages;
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

    /** What browsers drop or break, by the specification of SockJS. */
    private static boolean isEscaped(char c) {
        return c <= 0x1F
                || c >= 0x200C && c <= 0x200F
                || c >= 0x2028 && c <= 0x202F
                || c >= 0x2060 && c <= 0x206F
                || c >= 0xFFF0
                || Character.isSurrogate(c);
    }
}
