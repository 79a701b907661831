package dev.caravan.stomp;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Writes frames. Has no state, so threads may share it, and what it wrote may be sent to many. */
public final class FrameWriter {
    private static final byte[] CONTENT_LENGTH = "content-length:".getBytes(StandardCharsets.US_ASCII);

    private byte[] bytes;
    private int size;

    private FrameWriter(int atMost) {
        bytes = new byte[atMost];
    }

    /**
     * The bytes of a frame, its last one the NUL. A frame that may have a body gets a {@code content-length}, counted and not taken
     * from the frame, so that no body can end early.
     *
     * <p>What a version cannot escape in a header (line ends before 1.1, a carriage return before 1.2, both in frames that
     * open a connection, NUL always) becomes a space: nobody can smuggle in a header or a frame.
     */
    public static ByteBuffer write(Frame frame, Version version) {
        int atMost = 64 + frame.body().length;
        for (Frame.Header header : frame.headers()) {
            atMost += 3 * (header.name().length() + header.value().length()) + 2;
        }
        FrameWriter writer = new FrameWriter(atMost);
        writer.frame(frame, version);
        return ByteBuffer.wrap(writer.bytes, 0, writer.size);
    }

    private void frame(Frame frame, Version version) {
        Command command = frame.command();
        Version escapes = command.opens() ? Version.V1_0 : version;
        ascii(command.name());
        put('\n');
        for (Frame.Header header : frame.headers()) {
            if (!header.name().equals("content-length")) {
                text(header.name(), escapes, true);
                put(':');
                text(header.value(), escapes, false);
                put('\n');
            }
        }
        if (command.mayHaveBody()) {
            System.arraycopy(CONTENT_LENGTH, 0, bytes, size, CONTENT_LENGTH.length);
            size += CONTENT_LENGTH.length;
            ascii(Integer.toString(frame.body().length));
            put('\n');
        }
        put('\n');
        System.arraycopy(frame.body(), 0, bytes, size, frame.body().length);
        size += frame.body().length;
        put(0);
    }

    private void text(String text, Version version, boolean name) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                notAscii(text.substring(i), version, name);
                return;
            }
            one(c, version, name);
        }
    }

    /** Encoded as UTF-8 first: all that is escaped is ASCII, and stays what it is. */
    private void notAscii(String text, Version version, boolean name) {
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            one(b, version, name);
        }
    }

    private void one(int c, Version version, boolean name) {
        switch (c) {
            case '\\' -> {
                put('\\');
                if (version != Version.V1_0) {
                    put('\\');
                }
            }
            case ':' ->
                escape(version != Version.V1_0, 'c', name ? ' ' : ':'); // the first colon of a line ends the name
            case '\n' -> escape(version != Version.V1_0, 'n', ' ');
            case '\r' -> escape(version == Version.V1_2, 'r', ' ');
            case 0 -> put(' ');
            default -> put(c);
        }
    }

    private void escape(boolean known, char escape, char otherwise) {
        if (known) {
            put('\\');
        }
        put(known ? escape : otherwise);
    }

    private void ascii(String text) {
        for (int i = 0; i < text.length(); i++) {
            put(text.charAt(i));
        }
    }

    private void put(int b) {
        bytes[size++] = (byte) b;
    }
}
