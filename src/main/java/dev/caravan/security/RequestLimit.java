package dev.caravan.security;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.Principal;
import java.time.Duration;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Limits the requests a second of one user, or of one anonymous address; above the limit 429. Runs behind the login
 * filters.
 */
final class RequestLimit extends OncePerRequestFilter {
    private final int rate;
    private final AuditLog audit;
    private final Window second = new Window(Duration.ofSeconds(1));

    RequestLimit(int rate, AuditLog audit) {
        this.rate = rate;
        this.audit = audit;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (rate > 0) {
            Principal user = request.getUserPrincipal();
            // The @ keeps addresses apart from names of users.
            String who = user == null ? "@" + ClientAddresses.network(ClientAddresses.of(request)) : user.getName();
            if (second.add(who) > rate) {
                SecurityProblems.tooMany(
                        request, response, "More than " + rate + " requests a second.", second.secondsLeft());
                return;
            }
        }
        audit.record(request, response, chain);
    }
}
