package dev.caravan.chat;

/**
 * Somebody came to a room or left it, for the first or last time on the node that says so.
 *
 * @param who a {@link Participant}, as text
 * @param origin the node
 * @param news whether it is news to this node: the same person may be in the room on another one
 */
record Presence(String roomId, String who, boolean joined, String origin, boolean news) {}
