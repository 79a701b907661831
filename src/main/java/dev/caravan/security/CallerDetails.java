package dev.caravan.security;

import jakarta.servlet.http.HttpServletRequest;
import org.springframework.security.web.authentication.WebAuthenticationDetails;

/** Where somebody logs in from; a proxy on this machine does not make it this machine. */
final class CallerDetails extends WebAuthenticationDetails {
    private static final long serialVersionUID = 1L;

    CallerDetails(HttpServletRequest request) {
        super(ClientAddresses.of(request), null);
    }
}
