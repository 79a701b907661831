package dev.caravan.chat.session;

import dev.caravan.chat.MessageRejected;
import dev.caravan.component.stomp.QueueSubscription;
import dev.caravan.stomp.Command;
import dev.caravan.stomp.Frame;
import dev.caravan.stomp.StompException;
import dev.caravan.stomp.Version;
import java.util.Collection;
import java.util.List;

/**
 * An ACK, or a NACK, which is the same but for queues: there the message is sent again, unless the client has set
 * {@code requeue} to false. One for a message that waits for none is no error, as for other brokers, but it counts against the
 * client's rate; so does a NACK by which a message comes again.
 */
final class AckHandler implements FrameHandler {
    @Override
    public void handle(FrameContext context) throws StompException, MessageRejected {
        if (!acknowledge(context) && !context.session().tryAcquire()) {
            throw new MessageRejected("Too many acknowledgements of unknown messages");
        }
    }

    /** Whether a message waited for it. */
    private static boolean acknowledge(FrameContext context) throws StompException, MessageRejected {
        Session session = context.session();
        if (session.version() == Version.V1_2) {
            String id = context.required("id");
            int slash = id.indexOf('/');
            return slash > 0 && acknowledge(context, id.substring(0, slash), of(session, id.substring(slash + 1)));
        }
        String message = context.required("message-id");
        String subscription = context.frame().header("subscription");
        if (subscription == null && session.version() == Version.V1_1) {
            throw new StompException("subscription is missing");
        }
        return acknowledge(
                context, message, subscription == null ? session.subscriptions() : of(session, subscription));
    }

    private static Collection<Subscription> of(Session session, String id) {
        Subscription subscription = session.subscription(id);
        return subscription == null ? List.of() : List.of(subscription);
    }

    private static boolean acknowledge(FrameContext context, String message, Collection<Subscription> subscriptions)
            throws MessageRejected {
        boolean any = false;
        for (Subscription subscription : subscriptions) {
            if (subscription.queue() != null) {
                any |= settle(context, message, subscription);
            } else if (subscription.acknowledge(message)) {
                context.deliver(new SubscriptionItem.Release(subscription));
                any = true;
            }
        }
        return any;
    }

    private static boolean settle(FrameContext context, String message, Subscription subscription)
            throws MessageRejected {
        QueueSubscription.Settlement settlement = settlement(context.frame());
        if (settlement == QueueSubscription.Settlement.REQUEUED
                && !context.session().tryAcquire()) {
            throw new MessageRejected("Too many NACKs by which a message comes again");
        }
        return subscription.settle(message, settlement);
    }

    private static QueueSubscription.Settlement settlement(Frame frame) {
        if (frame.command() == Command.ACK) {
            return QueueSubscription.Settlement.ACKNOWLEDGED;
        }
        return "false".equals(frame.header("requeue"))
                ? QueueSubscription.Settlement.REJECTED
                : QueueSubscription.Settlement.REQUEUED;
    }
}
