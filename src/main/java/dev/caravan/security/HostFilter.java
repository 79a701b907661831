package dev.caravan.security;

import dev.caravan.http.ClientNetwork;
import dev.caravan.http.Problems;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Locale;
import java.util.Set;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Denies requests to a host name that is not this node's. A page can make its own name point to this machine; the
 * browser then takes this node for the page's server and lets the page read its responses (DNS rebinding).
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 10)
class HostFilter extends OncePerRequestFilter {
    private final Set<String> hosts;
    private final boolean guest;
    private final AuditLog audit;

    HostFilter(SecuritySettings settings, Users users, AuditLog audit) {
        this.hosts = settings.hosts();
        this.guest = users.hasGuest();
        this.audit = audit;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        ProblemDetail denial = denial(request.getServerName(), request.getRemoteAddr());
        if (denial == null) {
            chain.doFilter(request, response);
            return;
        }
        audit.denied(request);
        Problems.write(denial, HttpHeaders.EMPTY, request, response);
    }

    /** Whether requests from an address to a host name of this machine or of this node are accepted. */
    boolean isServed(String host, String address) {
        return denial(host, address) == null;
    }

    private ProblemDetail denial(String name, String address) {
        if (ClientAddresses.isLoopbackName(name)) {
            return null;
        }
        if (!hosts.isEmpty()) {
            return ClientNetwork.isNumber(name) || hosts.contains(name.toLowerCase(Locale.ROOT))
                    ? null
                    : Problems.of(
                            HttpStatus.FORBIDDEN, "This node is not served under this name (caravan.security.hosts).");
        }
        return guest && ClientAddresses.isLoopback(address)
                ? Problems.of(
                        HttpStatus.FORBIDDEN,
                        "From this machine this node is served as localhost or 127.0.0.1 alone, since guest can log in"
                                + " from here. Set caravan.users for other names.")
                : null;
    }
}
