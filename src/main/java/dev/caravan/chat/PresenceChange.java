package dev.caravan.chat;

/**
 * Somebody came to a room or left it, for the first or last time on the node that says so.
 *
 * @param who a {@link Participant}, as text
 * @param origin the node
 * @param visible whether this node's clients see it: the same person may be in the room on another node
 */
public record PresenceChange(String roomId, String who, boolean joined, String origin, boolean visible)
        implements ChatItem {}
