package dev.caravan.chat.session;

import dev.caravan.chat.Destinations;
import dev.caravan.chat.MessageRejected;
import dev.caravan.stomp.StompException;

/** Checks the destination; the route {@code chat-publish} does the rest. */
final class SendHandler implements FrameHandler {
    @Override
    public void handle(FrameContext context) throws StompException, MessageRejected {
        String destination = context.required("destination");
        if (destination.startsWith(Destinations.ROOM)) {
            throw new MessageRejected(
                    "Only the server sends to " + Destinations.ROOM + "…; send to " + Destinations.PUBLISH);
        }
        if (!destination.equals(Destinations.PUBLISH)) {
            throw new MessageRejected("There is no destination " + destination + "; send to " + Destinations.PUBLISH);
        }
        context.session().published();
    }
}
