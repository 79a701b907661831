package dev.caravan.http;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Responds with 503 while the port is open and the routes do not run yet: without it an early client would get 404. The
 * health endpoints respond at once.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
class StartupFilter extends OncePerRequestFilter {
    private volatile boolean ready;

    @EventListener
    void ready(ApplicationReadyEvent event) {
        ready = true;
    }

    boolean isReady() {
        return ready;
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return ready || request.getRequestURI().contains("/actuator/");
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        Problems.write(
                Problems.of(HttpStatus.SERVICE_UNAVAILABLE, "This node is starting."),
                Problems.retrying(),
                request,
                response);
    }
}
