package dev.caravan.chat;

/**
 * What somebody said in a room.
 *
 * @param id unique on all nodes; the {@code message-id} of its MESSAGE frames
 * @param time when the server took it, {@code HH:mm}
 * @param origin the node on which it was said
 */
public record ChatMessage(String roomId, String sender, String message, String time, String id, String origin) {
    /** Whether it has its time and its id, without which it is not said. */
    boolean isStamped() {
        return time != null && id != null;
    }

    String destination() {
        return Destinations.ROOM + roomId;
    }
}
