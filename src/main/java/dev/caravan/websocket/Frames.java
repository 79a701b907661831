package dev.caravan.websocket;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.OpCode;

/**
 * Messages as they go over the wire: encoded once, for any number of connections, and for each of them one write. Not to
 * be changed, and neither are the bytes that they were made of. Thread-safe.
 */
final class Frames {
    /** Of a frame that is not masked: two bytes, and up to eight for the length. */
    private static final int MAX_HEADER = 10;

    private final List<Message> messages;
    private final Frame frame;
    private final int bytes;

    /** One message: text if not binary. */
    record Message(ByteBuffer payload, boolean binary) {
        private byte opCode() {
            return binary ? OpCode.BINARY : OpCode.TEXT;
        }
    }

    private Frames(List<Message> messages) {
        this.messages = messages;
        int size = 0;
        for (Message message : messages) {
            size += message.payload.remaining();
        }
        this.bytes = size;
        this.frame = messages.size() == 1
                ? new Frame(messages.get(0).opCode(), messages.get(0).payload)
                : new Train(messages, size);
    }

    /**
     * @param body a String, a byte[] (which is binary), a ByteBuffer (UTF-8 text), or a collection of those
     * @param binary whether ByteBuffers are binary
     * @return null if there is nothing to send
     * @throws IllegalArgumentException for anything else
     */
    static Frames of(Object body, boolean binary) {
        if (body == null) {
            return null;
        }
        if (!(body instanceof Collection<?> many)) {
            return new Frames(List.of(message(body, binary)));
        }
        Message[] messages = new Message[many.size()];
        int i = 0;
        for (Object one : many) {
            messages[i++] = message(one, binary);
        }
        return i == 0 ? null : new Frames(List.of(messages));
    }

    private static Message message(Object body, boolean binary) {
        if (body instanceof ByteBuffer shared) {
            return new Message(shared.asReadOnlyBuffer(), binary);
        }
        if (body instanceof String text) {
            return new Message(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), binary);
        }
        if (body instanceof byte[] bytes) {
            return new Message(ByteBuffer.wrap(bytes), true);
        }
        throw new IllegalArgumentException("A WebSocket message is a String, a byte[] or a ByteBuffer, not "
                + (body == null ? "null" : "a " + body.getClass().getName()));
    }

    List<Message> messages() {
        return messages;
    }

    int count() {
        return messages.size();
    }

    /** Of the payloads. */
    int bytes() {
        return bytes;
    }

    /** All of them, for Jetty to write as one. */
    Frame frame() {
        return frame;
    }

    /**
     * Frames that Jetty takes for one. It writes the header of the first and then what it takes for the payload, in
     * which the other frames follow with their headers: one entry in its queue, one write, however many they are.
     */
    private static final class Train extends Frame {
        private final int first;

        private Train(List<Message> messages, int bytes) {
            super(messages.get(0).opCode());
            first = messages.get(0).payload.remaining();
            ByteBuffer wire = ByteBuffer.allocate(bytes + (messages.size() - 1) * MAX_HEADER);
            wire.put(messages.get(0).payload.duplicate());
            for (Message message : messages.subList(1, messages.size())) {
                header(message, wire);
                wire.put(message.payload.duplicate());
            }
            setPayload(wire.flip());
        }

        private static void header(Message message, ByteBuffer to) {
            int length = message.payload.remaining();
            to.put((byte) (0x80 | message.opCode()));
            if (length < 126) {
                to.put((byte) length);
            } else if (length <= 0xFFFF) {
                to.put((byte) 126).putShort((short) length);
            } else {
                to.put((byte) 127).putLong(length);
            }
        }

        /** What the first header says. */
        @Override
        public int getPayloadLength() {
            return first;
        }
    }
}
