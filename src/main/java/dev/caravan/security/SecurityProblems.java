package dev.caravan.security;

import dev.caravan.http.Problems;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.access.AccessDeniedHandler;
import org.springframework.security.web.csrf.CsrfException;
import org.springframework.stereotype.Component;
import org.springframework.web.util.UriComponentsBuilder;

/**
 * Responds to requests without access: 401 to anonymous clients, or a redirect to the form for page views, 403 to users
 * without the role, 429 to guessers. A page's own requests get no challenge for HTTP Basic: the browser would open its
 * own login window, and send those credentials with every later request, also for other sites.
 */
@Component
class SecurityProblems implements AuthenticationEntryPoint, AccessDeniedHandler {
    private static final String BASIC = "Basic realm=\"Caravan\", charset=\"UTF-8\"";

    private final AuditLog audit;

    SecurityProblems(AuditLog audit) {
        this.audit = audit;
    }

    @Override
    public void commence(HttpServletRequest request, HttpServletResponse response, AuthenticationException why)
            throws IOException {
        if (why instanceof TooManyFailedLogins failures) {
            tooMany(request, response, failures.getMessage(), failures.seconds());
        } else if (isPage(request)) {
            response.sendRedirect(LoginConfiguration.FORM
                    + UriComponentsBuilder.newInstance()
                            .queryParam("to", "{to}")
                            .encode()
                            .buildAndExpand(path(request))
                            .toUriString());
        } else {
            HttpHeaders headers = new HttpHeaders();
            if (why instanceof OAuth2AuthenticationException) {
                headers.set(HttpHeaders.WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"");
            } else if (request.getHeader("Sec-Fetch-Mode") == null) {
                headers.set(HttpHeaders.WWW_AUTHENTICATE, BASIC);
            }
            boolean tried = request.getHeader(HttpHeaders.AUTHORIZATION) != null;
            String detail = tried ? "These credentials are not valid." : "Log in first.";
            Problems.write(Problems.of(HttpStatus.UNAUTHORIZED, detail), headers, request, response);
        }
    }

    @Override
    public void handle(HttpServletRequest request, HttpServletResponse response, AccessDeniedException why)
            throws IOException {
        audit.denied(request);
        String detail = why instanceof CsrfException
                ? "The header X-XSRF-TOKEN must have the value of the cookie XSRF-TOKEN."
                : "Your roles do not allow this.";
        Problems.write(Problems.of(HttpStatus.FORBIDDEN, detail), HttpHeaders.EMPTY, request, response);
    }

    static void tooMany(HttpServletRequest request, HttpServletResponse response, String detail, long seconds)
            throws IOException {
        ProblemDetail problem = Problems.of(HttpStatus.TOO_MANY_REQUESTS, detail);
        Problems.write(problem, Problems.retryingAfter(seconds), request, response);
    }

    /** Whether the request is a page view, which can be redirected. */
    private static boolean isPage(HttpServletRequest request) {
        String accept = request.getHeader(HttpHeaders.ACCEPT);
        return "GET".equals(request.getMethod())
                && request.getHeader(HttpHeaders.AUTHORIZATION) == null
                && accept != null
                && accept.contains("text/html");
    }

    private static String path(HttpServletRequest request) {
        return request.getQueryString() == null
                ? request.getRequestURI()
                : request.getRequestURI() + "?" + request.getQueryString();
    }
}
