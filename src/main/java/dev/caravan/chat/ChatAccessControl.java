package dev.caravan.chat;

import java.security.Principal;
import java.util.function.UnaryOperator;

/** Who may come into the chat, and into which rooms. Asked by many threads. */
public interface ChatAccessControl {
    /**
     * Somebody says CONNECT.
     *
     * @param visitor who has opened the connection, as the server knows; may be null
     * @param header gives headers of CONNECT, null for one that is not there
     * @return who that is, under whose name alone the connection speaks; null for somebody without a login
     * @throws MessageRejected if they may not come in; its message is for them
     */
    Principal enter(Principal visitor, UnaryOperator<String> header) throws MessageRejected;

    /** Whether somebody, null for one without a login, may listen in a room, or speak. */
    boolean mayUse(Principal somebody, String room);

    /**
     * Somebody without a login chooses a name.
     *
     * @throws MessageRejected if they may not have it: it is a user's, or looks like one
     */
    void checkName(String name) throws MessageRejected;
}
