package dev.caravan.broker.embedded;

/** An embedded part cannot run on this machine. The message says why, and what to do. */
final class EmbeddedFailed extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    EmbeddedFailed(String message, Throwable cause) {
        super(message, cause);
    }
}
