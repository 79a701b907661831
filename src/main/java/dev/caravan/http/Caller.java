package dev.caravan.http;

import jakarta.servlet.http.HttpServletRequest;
import java.security.Principal;

/**
 * Who has sent a request.
 *
 * @param user null if nobody has logged in
 * @param operator whether the user may act on what belongs to others
 * @param address from which the request came
 */
record Caller(String user, boolean operator, String address) {
    /** On the request's thread: roles are known there alone. */
    static Caller of(HttpServletRequest request) {
        Principal principal = request.getUserPrincipal();
        return new Caller(
                principal == null ? null : principal.getName(),
                request.isUserInRole("operator") || request.isUserInRole("admin"),
                request.getRemoteAddr());
    }
}
