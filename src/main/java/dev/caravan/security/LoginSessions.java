package dev.caravan.security;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.util.function.Supplier;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.DeferredSecurityContext;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.core.userdetails.UsernameNotFoundException;
import org.springframework.security.web.context.HttpRequestResponseHolder;
import org.springframework.security.web.context.SecurityContextRepository;
import org.springframework.stereotype.Component;

/**
 * Who a session is of. Kept in it are a name and a stamp of the password, text both: what comes back from Redis makes no
 * object, roles are what they are now, and a login ends with its user or a change of the password. Thread-safe.
 */
@Component
class LoginSessions implements SecurityContextRepository {
    static final String NAME = "caravan.user";
    static final String STAMP = "caravan.stamp";

    private final Users users;

    LoginSessions(Users users) {
        this.users = users;
    }

    @Override
    public DeferredSecurityContext loadDeferredContext(HttpServletRequest request) {
        return new Deferred(() -> load(request));
    }

    @Override
    @SuppressWarnings("deprecation")
    public SecurityContext loadContext(HttpRequestResponseHolder holder) {
        SecurityContext context = load(holder.getRequest());
        return context == null ? SecurityContextHolder.createEmptyContext() : context;
    }

    private SecurityContext load(HttpServletRequest request) {
        HttpSession session = request.getSession(false);
        Authentication login = session == null ? null : login(session, ClientAddresses.of(request));
        return login == null ? null : new SecurityContextImpl(login);
    }

    private Authentication login(HttpSession session, String address) {
        if (!(session.getAttribute(NAME) instanceof String name)) {
            return null;
        }
        try {
            boolean holds = users.stamp(name).equals(session.getAttribute(STAMP)) && users.mayComeFrom(name, address);
            return holds
                    ? new SessionLogin(name, session.getId(), users.user(name).getAuthorities())
                    : null;
        } catch (UsernameNotFoundException e) {
            return null;
        }
    }

    /** Called for the form alone: what comes with its own credentials has no session. */
    @Override
    public void saveContext(SecurityContext context, HttpServletRequest request, HttpServletResponse response) {
        Authentication login = context.getAuthentication();
        if (login == null) {
            HttpSession session = request.getSession(false);
            if (session != null) {
                session.removeAttribute(NAME);
            }
            return;
        }
        HttpSession session = request.getSession();
        session.setAttribute(NAME, login.getName());
        session.setAttribute(STAMP, users.stamp(login.getName()));
    }

    @Override
    public boolean containsContext(HttpServletRequest request) {
        HttpSession session = request.getSession(false);
        return session != null && session.getAttribute(NAME) != null;
    }

    /** Looked up when somebody asks: most requests bring their own credentials, or no cookie. */
    private static final class Deferred implements DeferredSecurityContext {
        private final Supplier<SecurityContext> source;
        private SecurityContext context;
        private boolean generated;

        Deferred(Supplier<SecurityContext> source) {
            this.source = source;
        }

        @Override
        public SecurityContext get() {
            if (context == null) {
                context = source.get();
                if (context == null) {
                    generated = true;
                    context = SecurityContextHolder.createEmptyContext();
                }
            }
            return context;
        }

        @Override
        public boolean isGenerated() {
            get();
            return generated;
        }
    }
}
