package dev.caravan.chat.session;

import dev.caravan.chat.ChatItem;
import dev.caravan.chat.ChatMessage;
import dev.caravan.chat.RouteMessage;
import java.util.List;

/** An item of the route {@code chat-deliver} for one subscription. */
public sealed interface SubscriptionItem extends ChatItem.ForSubscription {
    Subscription subscription();

    /** The client has acknowledged a message, so that the subscription can get more. */
    record Release(Subscription subscription) implements SubscriptionItem {}

    /** The broker has given this subscription a message of its queue. */
    record FromQueue(Subscription subscription, RouteMessage message) implements SubscriptionItem {}

    /** The subscription is new: its client gets the names of all in the room, in order with later presence changes. */
    record People(Subscription subscription, String roomId) implements SubscriptionItem {}

    /**
     * The messages that were published before the client subscribed.
     *
     * @param receipt what the RECEIPT after them names, so that the client knows that it has all; null for no RECEIPT
     */
    record Replay(Subscription subscription, List<ChatMessage> history, String receipt) implements SubscriptionItem {}
}
