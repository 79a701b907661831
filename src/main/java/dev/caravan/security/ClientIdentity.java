package dev.caravan.security;

import java.security.Principal;
import org.springframework.security.core.Authentication;

/**
 * The identity of a chat client: known from its HTTP request, or not yet.
 *
 * @param login null if nobody has logged in
 * @param mayBeAnonymous whether anonymous clients may chat from this address
 * @param token the token that the page of a session must send; null without a session
 */
record ClientIdentity(Authentication login, String address, boolean mayBeAnonymous, String token) implements Principal {
    @Override
    public String getName() {
        return login == null ? "" : login.getName();
    }

    /** Leaves the token out. */
    @Override
    public String toString() {
        return "client " + getName() + " at " + address;
    }
}
