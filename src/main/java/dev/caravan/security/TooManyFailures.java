package dev.caravan.security;

import org.springframework.security.core.AuthenticationException;

/** So many wrong passwords came from there that none is looked at for a while. */
final class TooManyFailures extends AuthenticationException {
    private final long seconds;

    TooManyFailures(long seconds) {
        super("Too many wrong passwords from this address.");
        this.seconds = seconds;
    }

    /** After how long it is worth another try. */
    long seconds() {
        return seconds;
    }
}
