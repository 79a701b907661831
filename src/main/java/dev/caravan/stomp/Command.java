package dev.caravan.stomp;

/** The commands of STOMP, of all versions. */
public enum Command {
    CONNECT(true, false),
    /** The same as {@link #CONNECT}, for servers that tell STOMP from HTTP by the first bytes (since 1.1). */
    STOMP(true, false),
    SEND(true, true),
    SUBSCRIBE(true, false),
    UNSUBSCRIBE(true, false),
    ACK(true, false),
    NACK(true, false),
    BEGIN(true, false),
    COMMIT(true, false),
    ABORT(true, false),
    DISCONNECT(true, false),
    CONNECTED(false, false),
    MESSAGE(false, true),
    RECEIPT(false, false),
    ERROR(false, true);

    private final boolean fromClient;
    private final boolean mayHaveBody;

    Command(boolean fromClient, boolean mayHaveBody) {
        this.fromClient = fromClient;
        this.mayHaveBody = mayHaveBody;
    }

    /** Whether a client may send it; all others are the server's. */
    public boolean fromClient() {
        return fromClient;
    }

    /** Since 1.1 only SEND, MESSAGE and ERROR may. */
    public boolean mayHaveBody() {
        return mayHaveBody;
    }

    /** Frames that open a connection are not escaped, so that a client of 1.0 can read and write them. */
    boolean opens() {
        return this == CONNECT || this == STOMP || this == CONNECTED;
    }
}
