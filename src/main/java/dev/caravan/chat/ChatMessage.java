package dev.caravan.chat;

import dev.caravan.stomp.Frame;
import java.util.List;

/**
 * A message that a client published in a room.
 *
 * @param senderId tells anonymous clients of one name apart; null if the sender has logged in
 * @param headers user-defined ones of the sender
 * @param id unique on all nodes; the {@code message-id} of its MESSAGE frames
 * @param time when the server received it, {@code HH:mm}
 * @param sentAt the same, as ISO 8601 has it, in UTC
 * @param origin the node that received it
 */
public record ChatMessage(
        String roomId,
        String sender,
        String senderId,
        String message,
        List<Frame.Header> headers,
        String time,
        String sentAt,
        String id,
        String origin)
        implements ChatItem {
    /** Whether it has its time and its id, without which no other node and no history gets it. */
    public boolean isStamped() {
        return time != null && id != null;
    }

    public String destination() {
        return Destinations.ROOM + roomId;
    }
}
