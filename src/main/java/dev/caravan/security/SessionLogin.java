package dev.caravan.security;

import java.util.Collection;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.core.GrantedAuthority;

/** A login by the form, shown by a cookie. Lasts as long as its session. */
final class SessionLogin extends AbstractAuthenticationToken {
    private static final long serialVersionUID = 1L;

    private final String name;
    private final String sessionId;

    SessionLogin(String name, String sessionId, Collection<? extends GrantedAuthority> authorities) {
        super(authorities);
        this.name = name;
        this.sessionId = sessionId;
        setAuthenticated(true);
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public Object getPrincipal() {
        return name;
    }

    @Override
    public Object getCredentials() {
        return null;
    }

    String sessionId() {
        return sessionId;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SessionLogin login && name.equals(login.name) && sessionId.equals(login.sessionId);
    }

    @Override
    public int hashCode() {
        return 31 * name.hashCode() + sessionId.hashCode();
    }
}
