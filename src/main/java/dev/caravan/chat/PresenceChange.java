package dev.caravan.chat;

/**
 * A participant joined a room or left it, with its first or last subscription on a node.
 *
 * @param who a {@link Participant}, as text
 * @param origin the node
 * @param visible whether this node's clients see it: the same person may be in the room on another node
 */
public record PresenceChange(String roomId, String who, boolean joined, String origin, boolean visible)
        implements ChatItem {}
