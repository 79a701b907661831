package dev.caravan.chat;

import java.security.Principal;

/**
 * Who is connected under a login.
 *
 * @param active whether they have said something since this was last asked
 */
public record ChatLogin(Principal principal, boolean active) {}
