package dev.caravan.chat.session;

import dev.caravan.chat.MessageRejected;
import dev.caravan.chat.RouteMessage;
import dev.caravan.component.stomp.QueueSubscription;
import dev.caravan.component.stomp.StompDestination;
import dev.caravan.component.stomp.StompDestinations;
import dev.caravan.component.stomp.StompQueues;
import dev.caravan.component.stomp.StompRejected;
import dev.caravan.component.websocket.WebSocketProperties;
import dev.caravan.stomp.Command;
import dev.caravan.stomp.Frame;
import dev.caravan.stomp.FrameWriter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Lazy;
import org.springframework.stereotype.Component;

/**
 * The subscriptions of this node to destinations that routes make. Thread-safe.
 *
 * <p>Meters: {@code caravan.stomp.subscriptions}.
 */
@Component("routeSubscriptions")
public class RouteSubscriptions {
    private static final Logger LOG = LoggerFactory.getLogger(RouteSubscriptions.class);

    private final StompDestinations destinations;
    private final StompQueues queues;
    private final ProducerTemplate producer;
    private final Set<Subscription> open = ConcurrentHashMap.newKeySet();

    RouteSubscriptions(
            StompDestinations destinations,
            StompQueues queues,
            @Lazy ProducerTemplate producer,
            MeterRegistry registry) {
        this.destinations = destinations;
        this.queues = queues;
        this.producer = producer;
        Gauge.builder("caravan.stomp.subscriptions", open, Set::size)
                .description("Subscriptions to destinations of routes")
                .register(registry);
    }

    /** The destination of this name, if a login may subscribe to it; null if no route makes it. */
    StompDestination destination(Session session, String name) throws MessageRejected {
        StompDestination destination = destinations.find(name);
        if (destination != null && !destination.maySubscribe(session.principal())) {
            throw new MessageRejected("You may not subscribe to " + name + ": it needs the role "
                    + String.join(" or ", destination.subscribeRoles()));
        }
        return destination;
    }

    /** @param window how many messages of a queue it may leave unacknowledged */
    void add(Subscription subscription, StompDestination destination, int window) throws MessageRejected {
        if (destination.isQueue()) {
            try {
                subscription.feed(
                        queues.subscribe(destination.name(), window, received -> deliver(subscription, received)));
            } catch (StompRejected e) {
                throw new MessageRejected(e.getMessage());
            }
        }
        open.add(subscription);
    }

    private void deliver(Subscription subscription, QueueSubscription.Received received) {
        RouteMessage message = RouteMessage.of(received.message());
        try {
            producer.sendBody(
                    "batch:chat-deliver",
                    new SubscriptionItem.FromQueue(
                            subscription, received.redelivered() ? message.redelivered() : message));
        } catch (RuntimeException e) { // this node stops: the message returns to its queue
            LOG.debug("Cannot deliver from {}", subscription.destination(), e);
        }
    }

    /** To be called again and again: acknowledges what was sent to clients that do not, and finds lost channels. */
    public void maintain() {
        open.removeIf(Subscription::isEnded);
        open.forEach(Subscription::acknowledgeSent);
        queues.maintain();
    }

    /**
     * The errors for clients that have subscribed to what is no longer there, or no longer theirs. Their connections are closed
     * after them.
     */
    public Map<Object, ByteBuffer> gone(Exchange exchange) {
        Map<Object, ByteBuffer> errors = new HashMap<>();
        for (Subscription subscription : open) {
            Session session = subscription.session();
            String name = subscription.destination();
            StompDestination destination = destinations.find(name);
            if (!subscription.isEnded()
                    && !session.ended()
                    && (destination == null || !destination.maySubscribe(session.principal()))) {
                session.end();
                errors.put(session.target(), error(session, name, destination == null));
            }
        }
        exchange.setProperty(WebSocketProperties.CLOSE, FrameContext.POLICY_VIOLATION);
        exchange.setProperty(WebSocketProperties.CLOSE_REASON, "unsubscribed");
        return errors;
    }

    private static ByteBuffer error(Session session, String name, boolean gone) {
        String reason = gone
                ? "There is no destination " + name + " any more"
                : "You may not subscribe to " + name + " any more";
        Frame error = Frame.of(Command.ERROR)
                .header("message", reason)
                .header("content-type", "text/plain")
                .body(reason.getBytes(StandardCharsets.UTF_8))
                .build();
        return FrameWriter.write(error, session.version());
    }
}
