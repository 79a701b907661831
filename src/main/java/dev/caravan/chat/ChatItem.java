package dev.caravan.chat;

/** An item of the route {@code chat-deliver}. */
public sealed interface ChatItem
        permits ChatMessage, PresenceChange, ServerMessage, RouteMessage, ChatItem.Heartbeat, ChatItem.ForSubscription {
    /** For the other nodes alone: this node is alive. */
    record Heartbeat() implements ChatItem {}

    /** For one subscription on this node. */
    non-sealed interface ForSubscription extends ChatItem {}
}
