package dev.caravan.chat.session;

import dev.caravan.chat.Destinations;
import dev.caravan.chat.MessageRejected;
import dev.caravan.component.stomp.StompDestination;
import dev.caravan.component.stomp.StompDestinations;
import dev.caravan.stomp.StompException;

/** Checks the destination; the route {@code chat-publish}, or the one that makes the destination, does the rest. */
record SendHandler(StompDestinations destinations) implements FrameHandler {
    @Override
    public void handle(FrameContext context) throws StompException, MessageRejected {
        String destination = context.required("destination");
        if (destination.startsWith(Destinations.ROOM)) {
            throw new MessageRejected(
                    "Only the server sends to " + Destinations.ROOM + "…; send to " + Destinations.PUBLISH);
        }
        if (!destination.equals(Destinations.PUBLISH)) {
            context.route(route(context.session(), destination));
        }
        context.session().published();
    }

    private StompDestination route(Session session, String destination) throws MessageRejected {
        StompDestination route = destinations.find(destination);
        if (route == null) {
            throw new MessageRejected("There is no destination " + destination + "; send to " + Destinations.PUBLISH);
        }
        if (!route.maySend(session.principal())) {
            throw new MessageRejected("You may not send to " + destination + ": it needs the role "
                    + String.join(" or ", route.sendRoles()));
        }
        return route;
    }
}
