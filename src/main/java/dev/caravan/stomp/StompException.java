package dev.caravan.stomp;

/** What a peer sent is not STOMP, or more than is allowed. The message is meant for that peer: the header of an ERROR. */
public class StompException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String receipt;

    public StompException(String message) {
        this(message, null);
    }

    /** @param receipt the header {@code receipt} of the frame that is wrong; null if there is none, or none was read */
    public StompException(String message, String receipt) {
        super(message, null, false, false); // says what a peer did, not where this code is
        this.receipt = receipt;
    }

    /** What the ERROR names as {@code receipt-id}; null if the frame asked for no receipt. */
    public String receipt() {
        return receipt;
    }
}
