package dev.caravan.chat.session;

import dev.caravan.stomp.StompException;

/** Ends a subscription. An unknown one is no error: other brokers ignore it, too. */
record UnsubscribeHandler(SubscriptionRegistry registry) implements FrameHandler {
    @Override
    public void handle(FrameContext context) throws StompException {
        Session session = context.session();
        Subscription subscription = session.subscription(context.subscriptionId());
        if (subscription == null && context.frame().header("id") == null) { // 1.0: by destination, though it has an id
            subscription = session.subscriptionTo(context.frame().header("destination"));
        }
        if (subscription != null) {
            session.remove(subscription);
            context.deliver(registry.unsubscribe(subscription));
        }
    }
}
