package dev.caravan.security;

import dev.caravan.http.Problems;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Responds with 503 to requests with a session while Redis, which stores the sessions, does not respond. Runs before
 * Spring Session.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 40)
class SessionStoreUnavailable extends OncePerRequestFilter {
    private static final Logger LOG = LoggerFactory.getLogger(SessionStoreUnavailable.class);
    private static final long RETRY_AFTER_SECONDS = 2;

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        try {
            chain.doFilter(request, response);
        } catch (DataAccessException e) {
            LOG.debug("Failed to look up a session", e);
            ProblemDetail problem =
                    Problems.of(HttpStatus.SERVICE_UNAVAILABLE, "Redis does not respond: sessions cannot be checked.");
            Problems.write(problem, Problems.retryingAfter(RETRY_AFTER_SECONDS), request, response);
        }
    }
}
