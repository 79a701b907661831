package dev.caravan.component.stomp;

/** A message cannot be published. The message is meant for the client that sent it. */
public final class StompRejected extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StompRejected(String message) {
        super(message, null, false, false); // says what a client did, not where this code is
    }
}
