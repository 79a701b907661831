package dev.caravan.chat;

/** What somebody said or asked for is not allowed. The message is meant for the one who did. */
public final class MessageRejected extends Exception {
    private static final long serialVersionUID = 1L;

    /** @param message for whoever is refused */
    public MessageRejected(String message) {
        super(message, null, false, false); // says what a client did, not where this code is
    }
}
