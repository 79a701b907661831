package dev.caravan.stomp;

/** The commands of STOMP, of all versions. */
public enum Command {
    CONNECT,
    /** The same as {@link #CONNECT}, for servers that tell STOMP from HTTP by the first bytes (since 1.1). */
    STOMP,
    SEND,
    SUBSCRIBE,
    UNSUBSCRIBE,
    ACK,
    NACK,
    BEGIN,
    COMMIT,
    ABORT,
    DISCONNECT,
    CONNECTED,
    MESSAGE,
    RECEIPT,
    ERROR;

    /** Whether a client may send it; all others are the server's. */
    public boolean fromClient() {
        return this != CONNECTED && this != MESSAGE && this != RECEIPT && this != ERROR;
    }

    /** Since 1.1 only SEND, MESSAGE and ERROR may. */
    public boolean mayHaveBody() {
        return this == SEND || this == MESSAGE || this == ERROR;
    }

    /** Frames that open a connection are not escaped, so that a client of 1.0 can read and write them. */
    boolean opens() {
        return this == CONNECT || this == STOMP || this == CONNECTED;
    }
}
