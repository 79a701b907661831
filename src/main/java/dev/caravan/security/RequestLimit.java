package dev.caravan.security;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.Principal;
import java.time.Duration;
import org.springframework.web.filter.OncePerRequestFilter;

/** So many requests a second of one user, or of one address that has not logged in; then 429. Runs behind the logins. */
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
            // No name of a user begins an address.
            String who = user == null ? "@" + ClientAddresses.network(ClientAddresses.of(request)) : user.getName();
            if (second.add(who) > rate) {
                SecurityProblems.tooMany(
                        request, response, "More than " + rate + " requests a second.", second.secondsLeft());
                return;
            }
        }
        audit.follow(request, response, chain);
    }
}
