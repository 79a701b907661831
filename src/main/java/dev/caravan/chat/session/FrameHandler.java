package dev.caravan.chat.session;

import dev.caravan.chat.MessageRejected;
import dev.caravan.stomp.StompException;

/** Handles the frames of a command: changes the session and says what is to be sent; it sends nothing itself. Stateless. */
interface FrameHandler {
    void handle(FrameContext context) throws StompException, MessageRejected;
}
