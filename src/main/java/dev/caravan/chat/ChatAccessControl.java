package dev.caravan.chat;

import java.security.Principal;
import java.util.function.UnaryOperator;

/** Who may connect to the chat, and use which rooms. Called by many threads. */
public interface ChatAccessControl {
    /**
     * Authenticates the client that sends CONNECT.
     *
     * @param client who opened the connection, as far as the server knew then; may be null
     * @param header gives headers of CONNECT, null for one that is not there
     * @return the login, under whose name alone the client publishes; null for an anonymous client
     * @throws MessageRejected if it may not connect
     */
    Principal enter(Principal client, UnaryOperator<String> header) throws MessageRejected;

    /** Whether a login, null for an anonymous client, may subscribe to a room and publish in it. */
    boolean mayUse(Principal login, String room);

    /**
     * Checks the name that an anonymous client chose.
     *
     * @throws MessageRejected if it is a user's, or looks like one
     */
    void checkName(String name) throws MessageRejected;
}
