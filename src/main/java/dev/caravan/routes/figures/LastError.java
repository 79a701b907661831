package dev.caravan.routes.figures;

import dev.caravan.routes.recording.SecretNames;
import java.time.Instant;

/**
 * The latest failure of an exchange.
 *
 * @param place maybe in a route that the failed one called; null if it failed at no step of a file
 */
public record LastError(Instant at, String message, FailurePlace place) {
    private static final int MAX_MESSAGE = 1000;

    static LastError of(Throwable failure, FailurePlace place) {
        String whole = SecretNames.withoutPasswords(text(failure));
        return new LastError(
                Instant.now(), whole.length() > MAX_MESSAGE ? whole.substring(0, MAX_MESSAGE) + "…" : whole, place);
    }

    /** A failure may be of any class, and fail whoever asks for its text. */
    private static String text(Throwable failure) {
        try {
            return String.valueOf(failure.toString());
        } catch (RuntimeException | StackOverflowError e) {
            return failure.getClass().getName();
        }
    }
}
