package dev.caravan.component.websocket;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;

/**
 * Messages encoded once for any number of connections, and sent to each in one write. Immutable as long as nobody
 * changes the bytes they were made of. Thread-safe.
 */
public final class Frames {
    /** The header of an unmasked frame: two bytes, and up to eight for the length. */
    private static final int MAX_HEADER = 10;

    private final List<Message> messages;
    private final int bytes;
    private final ByteBuffer wire;

    /** The messages that these wrap for another protocol; null if they wrap none. */
    private final Frames wrapped;

    /** Made for the first connection that needs it: it does not matter if two make it. */
    private volatile Object encoded;

    /** One message: text if not binary. */
    public record Message(ByteBuffer payload, boolean binary) {
        /** As RFC 6455 numbers it: 1 for text, 2 for binary. */
        public byte opCode() {
            return (byte) (binary ? 2 : 1);
        }
    }

    private Frames(List<Message> messages, Frames wrapped) {
        this.wrapped = wrapped;
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
     * @param body a String, a byte[] (which is binary), a ByteBuffer (UTF-8 text, from 0 to its limit), or a collection
     *     of those
     * @param binary whether ByteBuffers are binary
     * @return null if there is nothing to send
     * @throws IllegalArgumentException for anything else
     */
    public static Frames of(Object body, boolean binary) {
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
            // From its beginning: a reader on its way, such as Camel's tracer, may have moved the position.
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

    public List<Message> messages() {
        return messages;
    }

    public int count() {
        return messages.size();
    }

    /** The bytes of the payloads. */
    public int bytes() {
        return bytes;
    }

    /** All messages, each with its frame header. */
    public ByteBuffer wire() {
        return wire.duplicate();
    }

    /** What an encoder makes of the messages: once for all connections, so there may be one encoder only. */
    @SuppressWarnings("unchecked")
    public <T> T encoded(Function<Frames, T> encoder) {
        T made = (T) encoded;
        if (made == null) {
            made = encoder.apply(this);
            encoded = made;
        }
        return made;
    }

    /** One text frame that takes the place of these. */
    public Frames wrap(String text) {
        return new Frames(List.of(message(text, false)), this);
    }

    /** The frames that {@link #wrap} has put into this; null if it has not. */
    public Frames wrapped() {
        return wrapped;
    }
}
