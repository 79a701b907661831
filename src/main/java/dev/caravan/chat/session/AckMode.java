package dev.caravan.chat.session;

/** How the messages of a subscription are acknowledged: by being sent, all up to one, or each (STOMP, header {@code ack}). */
public enum AckMode {
    AUTO,
    CLIENT,
    CLIENT_INDIVIDUAL;

    /** By the header {@code ack}; null if it is none of these. */
    static AckMode of(String header) {
        if (header == null || header.equals("auto")) {
            return AUTO;
        }
        return header.equals("client") ? CLIENT : header.equals("client-individual") ? CLIENT_INDIVIDUAL : null;
    }
}
