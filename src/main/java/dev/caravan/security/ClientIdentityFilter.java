package dev.caravan.security;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.Principal;
import org.springframework.security.core.Authentication;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.util.WebUtils;

/** Gives the chat the identity of its client, with what only the HTTP request knows. Runs behind the login filters. */
final class ClientIdentityFilter extends OncePerRequestFilter {
    private static final String PATH = "/ws/chat";
    private static final String TOKEN_COOKIE = "XSRF-TOKEN";

    private final SecuritySettings settings;

    ClientIdentityFilter(SecuritySettings settings) {
        this.settings = settings;
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return !request.getRequestURI()
                .startsWith(PATH, request.getContextPath().length());
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        Authentication login = request.getUserPrincipal() instanceof Authentication known ? known : null;
        String address = ClientAddresses.of(request);
        var cookie = login instanceof SessionLogin ? WebUtils.getCookie(request, TOKEN_COOKIE) : null;
        ClientIdentity client = new ClientIdentity(
                login, address, settings.mayChat(address), cookie == null ? null : cookie.getValue());
        chain.doFilter(
                new HttpServletRequestWrapper(request) {
                    @Override
                    public Principal getUserPrincipal() {
                        return client;
                    }
                },
                response);
    }
}
