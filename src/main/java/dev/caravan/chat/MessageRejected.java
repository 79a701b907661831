package dev.caravan.chat;

/** A client may not do what it asked for. The message is meant for that client. */
public final class MessageRejected extends Exception {
    private static final long serialVersionUID = 1L;

    /** @param message for the client */
    public MessageRejected(String message) {
        super(message, null, false, false); // says what a client did, not where this code is
    }
}
