package dev.caravan.component.stomp;

import java.security.Principal;

/** The roles of logins. Called by many threads. */
public interface StompRoles {
    /** What an option names for everybody, with a login or without one. */
    String ANYONE = "anyone";

    /** Whether there is a role of this name. */
    boolean isKnown(String role);

    /** @param login null for an anonymous client */
    boolean isOf(Principal login, String role);
}
