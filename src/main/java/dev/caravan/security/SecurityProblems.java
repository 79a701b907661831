package dev.caravan.security;

import dev.caravan.http.Problems;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.access.AccessDeniedHandler;
import org.springframework.security.web.csrf.CsrfException;
import org.springframework.stereotype.Component;
import org.springframework.web.util.UriComponentsBuilder;

/**
 * Answers those who may not: 401 to strangers, who are led to the form if they are people, 403 to others, 429 to those who
 * guess. A page's own requests are not asked for HTTP Basic: the browser would ask with a window of its own, and send what is
 * typed there with every request from then on, other sites' too.
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
        audit.refused(request);
        String detail = why instanceof CsrfException
                ? "The header X-XSRF-TOKEN must have the value of the cookie XSRF-TOKEN."
                : "Your roles do not allow this.";
        Problems.write(Problems.of(HttpStatus.FORBIDDEN, detail), HttpHeaders.EMPTY, request, response);
    }

    static void tooMany(HttpServletRequest request, HttpServletResponse response, String detail, long seconds)
            throws IOException {
        HttpHeaders headers = new HttpHeaders();
        headers.set(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
        Problems.write(Problems.of(HttpStatus.TOO_MANY_REQUESTS, detail), headers, request, response);
    }

    /** Whether somebody looks at a page, and can be led to another one. */
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
