package dev.caravan.chat;

import java.security.Principal;

/**
 * The login of a connection.
 *
 * @param active whether the client has published anything since the last call
 */
public record ChatLogin(Principal principal, boolean active) {}
