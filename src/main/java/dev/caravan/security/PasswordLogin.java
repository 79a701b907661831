package dev.caravan.security;

import dev.caravan.http.ClientNetwork;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.security.authentication.AuthenticationProvider;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.authentication.dao.DaoAuthenticationProvider;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.core.userdetails.UserDetails;
import org.springframework.security.core.userdetails.UsernameNotFoundException;
import org.springframework.security.crypto.factory.PasswordEncoderFactories;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.security.web.authentication.WebAuthenticationDetails;
import org.springframework.stereotype.Component;

/**
 * Checks names and passwords from the form, HTTP Basic and CONNECT. Each guess counts against the few that an address
 * has in a minute before the password is hashed, so that concurrent guesses gain nothing. A password that was right
 * recently costs neither a guess nor a hash. Thread-safe.
 */
@Component
class PasswordLogin implements AuthenticationProvider {
    /** Longer ones are wrong. */
    private static final int LONGEST = 1_000;
    /** The most logins that wait for a processor to hash their passwords, and how long; further ones are rejected. */
    private static final int WAITING = 16;

    private static final long WAIT_MILLIS = 500;

    private final Users users;
    private final KnownPasswords passwords = new KnownPasswords();
    private final DaoAuthenticationProvider provider;
    private final Window guesses = new Window(Duration.ofMinutes(1));
    /** Hashing is slow on purpose: guessing clients must leave processors for others. */
    private final Semaphore hashing =
            new Semaphore(Math.max(1, Runtime.getRuntime().availableProcessors() / 2), true);

    private final int most;
    private final AuditLog audit;

    @Autowired
    PasswordLogin(Users users, SecuritySettings settings, AuditLog audit) {
        this(users, settings, audit, PasswordEncoderFactories.createDelegatingPasswordEncoder());
    }

    PasswordLogin(Users users, SecuritySettings settings, AuditLog audit, PasswordEncoder encoder) {
        this.users = users;
        this.most = settings.failedLogins();
        this.audit = audit;
        provider = new DaoAuthenticationProvider(users::user);
        provider.setPasswordEncoder(encoder);
    }

    Authentication login(String name, String password, String address) {
        UsernamePasswordAuthenticationToken token = UsernamePasswordAuthenticationToken.unauthenticated(name, password);
        token.setDetails(new WebAuthenticationDetails(address, null));
        return authenticate(token);
    }

    /**
     * @throws TooManyFailedLogins if the address has no guess left, or too many logins wait
     * @throws AuthenticationException if the password is wrong, or the user may not come from there
     */
    @Override
    public Authentication authenticate(Authentication authentication) {
        String address = authentication.getDetails() instanceof WebAuthenticationDetails details
                ? details.getRemoteAddress()
                : "";
        String password = String.valueOf(authentication.getCredentials());
        UserDetails user = find(authentication.getName(), address);
        if (user == null) {
            // Takes as long as a wrong password does, so that nobody learns which names are users'.
            guess(authentication, password, address);
            throw denied(authentication, address);
        }
        if (!passwords.isKnown(password, user.getPassword())) {
            passwords.learn(password, user.getPassword(), () -> {
                guess(authentication, password, address);
                guesses.takeBack(ClientNetwork.of(address));
            });
        }
        return UsernamePasswordAuthenticationToken.authenticated(user.getUsername(), null, user.getAuthorities());
    }

    /** The user, if this password was right recently and the user may come from there; null otherwise. Costs no guess. */
    UserDetails known(String name, String password, String address) {
        UserDetails user = find(name, address);
        return user != null && passwords.isKnown(password, user.getPassword()) ? user : null;
    }

    /** Null if there is no such user, or the user may not come from there. */
    private UserDetails find(String name, String address) {
        try {
            UserDetails user = users.user(name);
            return users.mayComeFrom(user.getUsername(), address) ? user : null;
        } catch (UsernameNotFoundException e) {
            return null;
        }
    }

    /** Returns if the password is right; the guess counts even then. */
    private void guess(Authentication authentication, String password, String address) {
        String network = ClientNetwork.of(address);
        if (guesses.add(network) > most) {
            guesses.takeBack(network);
            throw new TooManyFailedLogins("Too many wrong passwords from this address.", guesses.secondsLeft());
        }
        try {
            if (password.length() > LONGEST) {
                throw new BadCredentialsException("Too long for a password");
            }
            hash(authentication);
        } catch (TooManyFailedLogins e) {
            guesses.takeBack(network);
            throw e;
        } catch (AuthenticationException e) {
            throw denied(authentication, address);
        }
    }

    private BadCredentialsException denied(Authentication authentication, String address) {
        audit.failedLogin(authentication.getName(), address);
        return new BadCredentialsException("Wrong name or password, or the user may not log in from this address");
    }

    private void hash(Authentication authentication) {
        try {
            if (hashing.getQueueLength() >= WAITING || !hashing.tryAcquire(WAIT_MILLIS, TimeUnit.MILLISECONDS)) {
                throw new TooManyFailedLogins("Too many logins at once.", 1);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TooManyFailedLogins("Too many logins at once.", 1);
        }
        try {
            provider.authenticate(authentication);
        } finally {
            hashing.release();
        }
    }

    @Override
    public boolean supports(Class<?> kind) {
        return provider.supports(kind);
    }
}
