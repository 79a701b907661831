package dev.caravan.security;

import dev.caravan.http.Problems;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.web.authentication.AuthenticationFailureHandler;
import org.springframework.security.web.authentication.AuthenticationSuccessHandler;
import org.springframework.security.web.authentication.logout.LogoutHandler;
import org.springframework.security.web.authentication.logout.LogoutSuccessHandler;
import org.springframework.stereotype.Component;

/** Responds to the login form and to logouts; the page that posts them shows the outcome. */
@Component
class LoginOutcome
        implements AuthenticationSuccessHandler, AuthenticationFailureHandler, LogoutHandler, LogoutSuccessHandler {
    private final AuditLog audit;

    LoginOutcome(AuditLog audit) {
        this.audit = audit;
    }

    @Override
    public void onAuthenticationSuccess(
            HttpServletRequest request, HttpServletResponse response, Authentication login) {
        audit.login(login.getName(), ClientAddresses.of(request));
        response.setStatus(HttpServletResponse.SC_NO_CONTENT);
    }

    @Override
    public void onAuthenticationFailure(
            HttpServletRequest request, HttpServletResponse response, AuthenticationException why) throws IOException {
        if (why instanceof TooManyFailedLogins failures) {
            SecurityProblems.tooMany(request, response, failures.getMessage(), failures.seconds());
            return;
        }
        Problems.write(
                Problems.of(HttpStatus.UNAUTHORIZED, "Wrong name or password."), HttpHeaders.EMPTY, request, response);
    }

    @Override
    public void logout(HttpServletRequest request, HttpServletResponse response, Authentication login) {
        if (login != null) {
            audit.logout(login.getName(), ClientAddresses.of(request));
        }
    }

    @Override
    public void onLogoutSuccess(HttpServletRequest request, HttpServletResponse response, Authentication login) {
        response.setStatus(HttpServletResponse.SC_NO_CONTENT);
    }
}
