package dev.caravan.security;

import jakarta.servlet.http.HttpServletRequest;
import org.springframework.security.web.authentication.WebAuthenticationDetails;

/** The address of a login; a client behind a proxy on this machine does not count as local. */
final class CallerDetails extends WebAuthenticationDetails {
    private static final long serialVersionUID = 1L;

    CallerDetails(HttpServletRequest request) {
        super(ClientAddresses.of(request), null);
    }
}
