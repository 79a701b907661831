package dev.caravan.bench.stomp;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;

/** Messages of a WebSocket, to be sent. */
public final class Frames {
    public static final int PONG = 10;
    private static final int TEXT = 1;
    private static final int SHORT = 126;
    private static final int LARGEST_SHORT = 0xffff;
    private static final int MASKED = 0x80;
    private static final int LARGEST_HEAD = 14;

    private Frames() {}

    /** A text message without a mask, as servers send it. */
    public static byte[] text(String text) {
        return message(TEXT, text.getBytes(UTF_8));
    }

    /** A message without a mask. */
    public static byte[] message(int opcode, byte[] payload) {
        ByteBuffer message = ByteBuffer.allocate(LARGEST_HEAD + payload.length);
        head(message, opcode, payload.length, 0);
        return take(message.put(payload));
    }

    /** What comes before the payload of a text message without a mask. */
    public static void head(ByteBuffer message, int size) {
        head(message, TEXT, size, 0);
    }

    /** A text message with a mask, as clients send it. */
    public static byte[] masked(byte[] payload, int key) {
        return masked(TEXT, payload, key);
    }

    /** A message with a mask. */
    public static byte[] masked(int opcode, byte[] payload, int key) {
        ByteBuffer message = ByteBuffer.allocate(LARGEST_HEAD + payload.length);
        head(message, opcode, payload.length, MASKED);
        message.putInt(key);
        for (int i = 0; i < payload.length; i++) {
            message.put((byte) (payload[i] ^ key >>> (24 - 8 * (i % 4))));
        }
        return take(message);
    }

    private static void head(ByteBuffer message, int opcode, int size, int masked) {
        message.put((byte) (0x80 | opcode));
        if (size < SHORT) {
            message.put((byte) (masked | size));
        } else if (size <= LARGEST_SHORT) {
            message.put((byte) (masked | SHORT)).putShort((short) size);
        } else {
            message.put((byte) (masked | SHORT + 1)).putLong(size);
        }
    }

    private static byte[] take(ByteBuffer message) {
        byte[] bytes = new byte[message.flip().remaining()];
        message.get(bytes);
        return bytes;
    }
}
