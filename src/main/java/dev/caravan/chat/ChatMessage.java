package dev.caravan.chat;

import dev.caravan.stomp.Frame;
import java.util.List;

/**
 * What somebody said in a room.
 *
 * @param senderId tells strangers of one name apart; null if the sender has logged in
 * @param headers that the sender has made up
 * @param id unique on all nodes; the {@code message-id} of its MESSAGE frames
 * @param time when the server took it, {@code HH:mm}
 * @param sentAt the same, as ISO 8601 has it, in UTC
 * @param origin the node on which it was said
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
    /** Whether it has its time and its id, without which it is not said. */
    public boolean isStamped() {
        return time != null && id != null;
    }

    public String destination() {
        return Destinations.ROOM + roomId;
    }
}
