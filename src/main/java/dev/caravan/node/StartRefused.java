package dev.caravan.node;

/** A node does not start with these settings. The message says which, and what to do. */
class StartRefused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StartRefused(String message) {
        super(message);
    }
}
