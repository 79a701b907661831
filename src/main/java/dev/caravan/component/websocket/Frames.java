package dev.caravan.component.websocket;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import org.eclipse.jetty.websocket.core.OpCode;

/**
 * Messages as they go over the wire: encoded once, for any number of connections, and for each of them one write. Not to
 * be changed, and neither are the bytes that they were made of. Thread-safe.
 */
final class Frames {
    /** Of a frame that is not masked: two bytes, and up to eight for the length. */
    private static final int MAX_HEADER = 10;

    private final List<Message> messages;
    private final int bytes;
    private final ByteBuffer wire;

    /** What these were before they were put into frames of SockJS; null if they were not. */
    private final Frames origin;

    /** Made when the first peer wants it: it does not matter if two make it. */
    private volatile String strings;

    private volatile Frames inSockJs;

    /** One message: text if not binary. */
    record Message(ByteBuffer payload, boolean binary) {
        byte opCode() {
            return binary ? OpCode.BINARY : OpCode.TEXT;
        }
    }

    private Frames(List<Message> messages, Frames origin) {
        this.origin = origin;
        this.messages = messages;
        int size = 0;
        for (Message message : messages) {
            size += message.payload.remaining();
        }
        bytes = size;
        wire = ByteBuffer.allocate(size + messages.size() * MAX_HEADER);
        for (Message message : messages) {
            header(message, wire);
            wire.put(message.payload.duplicate());
        }
        wire.flip();
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

    /**
     * @param body a String, a byte[] (which is binary), a ByteBuffer (UTF-8 text, from 0 to its limit), or a collection of those
     * @param binary whether ByteBuffers are binary
     * @return null if there is nothing to send
     * @throws IllegalArgumentException for anything else
     */
    static Frames of(Object body, boolean binary) {
        if (body == null) {
            return null;
        }
        if (!(body instanceof Collection<?> many)) {
            return new Frames(List.of(message(body, binary)), null);
        }
        Message[] messages = new Message[many.size()];
        int i = 0;
        for (Object one : many) {
            messages[i++] = message(one, binary);
        }
        return i == 0 ? null : new Frames(List.of(messages), null);
    }

    private static Message message(Object body, boolean binary) {
        if (body instanceof ByteBuffer shared) {
            // From its beginning: whoever has looked at it on its way, a tracer of Camel's, has moved its position.
            return new Message(shared.asReadOnlyBuffer().rewind(), binary);
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

    /** All of them, each with its header. */
    ByteBuffer wire() {
        return wire.duplicate();
    }

    /** The messages as strings of JSON, with commas between them. */
    String strings() {
        if (strings == null) {
            strings = SockJsFrames.strings(messages);
        }
        return strings;
    }

    /** One text frame that has them in a frame of SockJS. */
    Frames inSockJs() {
        if (inSockJs == null) {
            inSockJs = new Frames(List.of(message(SockJsFrames.messages(strings()), false)), this);
        }
        return inSockJs;
    }

    Frames origin() {
        return origin;
    }
}
