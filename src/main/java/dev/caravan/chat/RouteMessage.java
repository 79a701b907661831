package dev.caravan.chat;

import dev.caravan.component.stomp.StompMessage;
import dev.caravan.stomp.Frame;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A message of a destination that a route makes, for its subscribers on this node.
 *
 * @param binary whether the body is not UTF-8, so that its frame cannot be a text message
 * @param headers its own
 */
public record RouteMessage(StompMessage message, boolean binary, List<Frame.Header> headers) implements ChatItem {
    public static RouteMessage of(StompMessage message) {
        return new RouteMessage(message, isBinary(message.body()), CustomHeaders.of(message.headers()));
    }

    /** The same, sent before to somebody who has not acknowledged it. */
    public RouteMessage redelivered() {
        List<Frame.Header> more = new ArrayList<>(headers);
        more.add(0, new Frame.Header("redelivered", "true"));
        return new RouteMessage(message, binary, more);
    }

    private static boolean isBinary(byte[] body) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body));
            return false;
        } catch (CharacterCodingException e) {
            return true;
        }
    }
}
