package dev.caravan.node;

/** A node cannot start on this machine or with these settings. The message says why, and what to do. */
public final class StartRefused extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    public StartRefused(String message) {
        super(message);
    }

    public StartRefused(String message, Throwable cause) {
        super(message, cause);
    }
}
