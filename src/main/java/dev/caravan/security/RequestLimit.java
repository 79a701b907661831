package dev.caravan.security;

import dev.caravan.http.ClientNetwork;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.Principal;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Limits the requests a second of one user, or of one anonymous address; above the limit 429. Runs behind the login
 * filters.
 */
final class RequestLimit extends OncePerRequestFilter {
    private final RequestRate rate;
    private final AuditLog audit;

    RequestLimit(RequestRate rate, AuditLog audit) {
        this.rate = rate;
        this.audit = audit;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (rate.isExceeded(client(request))) {
            SecurityProblems.tooMany(
                    request, response, "More than " + rate.most() + " requests a second.", rate.secondsLeft());
            return;
        }
        audit.record(request, response, chain);
    }

    /** Who is counted as one: a user, or an address. */
    static String client(HttpServletRequest request) {
        Principal user = request.getUserPrincipal();
        // The @ keeps addresses apart from names of users.
        return user == null ? "@" + ClientNetwork.of(ClientAddresses.of(request)) : user.getName();
    }
}
