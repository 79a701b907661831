package dev.caravan.security;

import org.springframework.security.core.AuthenticationException;

/** Too many wrong passwords from this address, or too many logins at once: no password is checked for a while. */
final class TooManyFailedLogins extends AuthenticationException {
    private final long seconds;

    TooManyFailedLogins(String message, long seconds) {
        super(message);
        this.seconds = seconds;
    }

    /** Seconds until a retry makes sense. */
    long seconds() {
        return seconds;
    }
}
