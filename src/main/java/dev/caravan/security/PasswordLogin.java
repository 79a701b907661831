package dev.caravan.security;

import java.time.Duration;
import org.springframework.security.authentication.AuthenticationProvider;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.authentication.dao.DaoAuthenticationProvider;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.core.userdetails.UserDetails;
import org.springframework.security.core.userdetails.UsernameNotFoundException;
import org.springframework.security.web.authentication.WebAuthenticationDetails;
import org.springframework.stereotype.Component;

/**
 * Whether a name and a password belong together, wherever they come from: the form, HTTP Basic or CONNECT. Guessing is
 * slowed down by address; who has been right a while ago is let in all the same. Thread-safe.
 */
@Component
class PasswordLogin implements AuthenticationProvider {
    private final Users users;
    private final KnownPasswords passwords = new KnownPasswords();
    private final DaoAuthenticationProvider provider;
    private final Window failures = new Window(Duration.ofMinutes(1));
    private final int most;
    private final Audit audit;

    PasswordLogin(Users users, SecuritySettings settings, Audit audit) {
        this.users = users;
        this.most = settings.failedLogins();
        this.audit = audit;
        provider = new DaoAuthenticationProvider(users::user);
        provider.setPasswordEncoder(passwords);
    }

    /** @param address where the one who logs in is */
    Authentication login(String name, String password, String address) {
        UsernamePasswordAuthenticationToken token = UsernamePasswordAuthenticationToken.unauthenticated(name, password);
        token.setDetails(new WebAuthenticationDetails(address, null));
        return authenticate(token);
    }

    @Override
    public Authentication authenticate(Authentication authentication) {
        String address = authentication.getDetails() instanceof WebAuthenticationDetails details
                ? details.getRemoteAddress()
                : "";
        UserDetails known = known(authentication, address);
        if (known != null) {
            return UsernamePasswordAuthenticationToken.authenticated(known.getUsername(), null, known.getAuthorities());
        }
        if (failures.count(address) >= most) {
            throw new TooManyFailures(failures.secondsLeft());
        }
        try {
            Authentication login = provider.authenticate(authentication);
            if (!users.mayComeFrom(login.getName(), address)) {
                throw new BadCredentialsException("guest may come from this machine alone");
            }
            return login;
        } catch (AuthenticationException e) {
            failures.add(address);
            audit.refusedLogin(authentication.getName(), address);
            throw e;
        }
    }

    /** Who was right a while ago, and may come from there; null if it is not known. */
    private UserDetails known(Authentication authentication, String address) {
        try {
            UserDetails user = users.user(authentication.getName());
            return authentication.getCredentials() instanceof String password
                            && passwords.isKnown(password, user.getPassword())
                            && users.mayComeFrom(user.getUsername(), address)
                    ? user
                    : null;
        } catch (UsernameNotFoundException e) {
            return null;
        }
    }

    @Override
    public boolean supports(Class<?> kind) {
        return provider.supports(kind);
    }
}
