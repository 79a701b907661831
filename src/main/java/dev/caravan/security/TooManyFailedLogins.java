package dev.caravan.security;

import org.springframework.security.core.AuthenticationException;

/** So many passwords came, wrong ones from this address or any from everywhere, that none is looked at for a while. */
final class TooManyFailedLogins extends AuthenticationException {
    private final long seconds;

    TooManyFailedLogins(String message, long seconds) {
        super(message);
        this.seconds = seconds;
    }

    /** After how long it is worth another try. */
    long seconds() {
        return seconds;
    }
}
