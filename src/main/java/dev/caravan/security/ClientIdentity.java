package dev.caravan.security;

import java.security.Principal;
import org.springframework.security.core.Authentication;

/**
 * Who is at the door of the chat: known by HTTP already, or not yet.
 *
 * @param login null if nobody has logged in
 * @param mayBeNameless whether one who has not may chat from there
 * @param token what the page of a session must show; null without a session
 */
record ClientIdentity(Authentication login, String address, boolean mayBeNameless, String token) implements Principal {
    @Override
    public String getName() {
        return login == null ? "" : login.getName();
    }

    /** Says nothing of the token. */
    @Override
    public String toString() {
        return "visitor " + getName() + " at " + address;
    }
}
