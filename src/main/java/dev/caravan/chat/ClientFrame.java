package dev.caravan.chat;

import dev.caravan.stomp.Frame;
import java.security.Principal;

/** A STOMP frame of a connected client, and who that client is. */
public interface ClientFrame {
    /** The property of an exchange that holds it. */
    String PROPERTY = "chat.frame";

    Frame frame();

    /** The login of the client; null if it has none. */
    Principal principal();

    /** The name of the login, or the one that the client chose in CONNECT; null if it chose none. */
    String name();

    /** Tells clients without a login from each other; null if the client has one. */
    String senderId();
}
