package dev.caravan.security;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.core.userdetails.UsernameNotFoundException;
import org.springframework.security.web.context.HttpRequestResponseHolder;
import org.springframework.security.web.context.SecurityContextRepository;
import org.springframework.stereotype.Component;

/**
 * Stores the user of a session: a name and a stamp of the password, both text. Data from Redis makes no objects, roles
 * are always current, and a login ends with its user or a change of the password. Thread-safe.
 */
@Component
class LoginSessions implements SecurityContextRepository {
    static final String NAME = "caravan.user";
    static final String STAMP = "caravan.stamp";

    private final Users users;

    LoginSessions(Users users) {
        this.users = users;
    }

    /** Called on demand: most requests bring their own credentials, or no cookie. */
    @Override
    @SuppressWarnings("deprecation")
    public SecurityContext loadContext(HttpRequestResponseHolder holder) {
        HttpSession session = holder.getRequest().getSession(false);
        Authentication login = session == null ? null : login(session, ClientAddresses.of(holder.getRequest()));
        return login == null ? SecurityContextHolder.createEmptyContext() : new SecurityContextImpl(login);
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

    /** Called for the form only: requests with their own credentials have no session. */
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
}
