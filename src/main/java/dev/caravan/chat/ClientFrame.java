package dev.caravan.chat;

import dev.caravan.stomp.Frame;
import java.security.Principal;

/** A STOMP frame of a connected client. */
public interface ClientFrame {
    /** The property of an exchange that holds it. */
    String PROPERTY = "chatFrame";

    Frame frame();

    Sender sender();

    interface Sender {
        /** Null for an anonymous client. */
        Principal principal();

        /** The name of the login, or the one that an anonymous client chose; null if it chose none. */
        String name();

        /** Tells anonymous clients of one name apart; null after a login. */
        String senderId();
    }
}
