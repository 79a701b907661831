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
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/** Answers 503 to whoever shows a session while Redis, which knows all of them, does not answer. Before Spring Session. */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 40)
class SessionStoreUnavailable extends OncePerRequestFilter {
    private static final Logger LOG = LoggerFactory.getLogger(SessionStoreUnavailable.class);
    private static final String RETRY_AFTER_SECONDS = "2";

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        try {
            chain.doFilter(request, response);
        } catch (DataAccessException e) {
            LOG.debug("A session could not be looked up", e);
            HttpHeaders headers = new HttpHeaders();
            headers.set(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
            Problems.write(
                    Problems.of(
                            HttpStatus.SERVICE_UNAVAILABLE,
                            "Logins are not known at the moment: Redis does not answer."),
                    headers,
                    request,
                    response);
        }
    }
}
