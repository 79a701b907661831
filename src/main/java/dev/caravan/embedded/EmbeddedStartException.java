package dev.caravan.embedded;

/** An embedded server cannot run on this machine. The message says why, and what to do. */
final class EmbeddedStartException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    EmbeddedStartException(String message, Throwable cause) {
        super(message, cause);
    }
}
