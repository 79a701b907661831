package dev.caravan.chat.session;

import dev.caravan.chat.ChatAccessControl;
import dev.caravan.chat.ChatSettings;
import dev.caravan.chat.Destinations;
import dev.caravan.chat.MessageRejected;
import dev.caravan.component.stomp.StompDestination;
import dev.caravan.stomp.Frame;
import dev.caravan.stomp.StompException;

record SubscribeHandler(
        ChatSettings settings, SubscriptionRegistry registry, ChatAccessControl access, RouteSubscriptions routes)
        implements FrameHandler {
    @Override
    public void handle(FrameContext context) throws StompException, MessageRejected {
        Frame frame = context.frame();
        Session session = context.session();
        String destination = context.required("destination");
        String id = context.subscriptionId();
        if (session.subscription(id) != null) {
            throw new StompException("There is a subscription " + id + " already");
        }
        if (session.subscriptions().size() >= settings.maxSubscriptions()) {
            throw new MessageRejected("More than " + settings.maxSubscriptions() + " subscriptions");
        }
        StompDestination route = check(session, destination);
        AckMode ack = AckMode.of(frame.header("ack"));
        String room = Destinations.clientRoom(destination);
        int history = room == null ? 0 : Math.min(settings.history(), context.number("history", 0));
        int window = Math.max(1, context.number("prefetch-count", settings.window()));
        Subscription subscription = new Subscription(
                session, id, frame.header("id") != null, destination, ack, window, history > 0, settings.backlog());
        if (route != null) {
            routes.add(subscription, route, Math.min(window, settings.backlog()));
        }
        session.add(subscription);
        if (route == null || !route.isQueue()) {
            context.deliver(registry.subscribe(subscription));
        }
        if (history > 0) {
            context.requestHistory(new HistoryRequest(subscription, room, history, frame.header("receipt")));
        }
        String watched = Destinations.room(destination, Destinations.PRESENCE);
        if (watched != null) {
            context.deliver(new SubscriptionItem.People(subscription, watched));
        }
    }

    /** @return the destination, if a route makes it; null if it is the chat's */
    private StompDestination check(Session session, String destination) throws MessageRejected {
        if (destination.equals(Destinations.NOTICE) || destination.equals(Destinations.REJECTED)) {
            return null;
        }
        String room = Destinations.room(destination, Destinations.ROOM);
        if (room == null && settings.presence()) {
            room = Destinations.room(destination, Destinations.PRESENCE);
        }
        if (room == null) {
            StompDestination route = routes.destination(session, destination);
            if (route != null) {
                return route;
            }
            throw new MessageRejected(
                    "There is no destination " + destination + "; subscribe to " + Destinations.ROOM + "{roomId}");
        }
        if (!Destinations.isRoom(room, settings.maxName())) {
            throw new MessageRejected("A room cannot have this name, and patterns are not supported: " + destination);
        }
        if (!access.mayUse(session.principal(), room)) {
            throw new MessageRejected("You may not subscribe to " + room);
        }
        return null;
    }
}
