package dev.caravan.chat.session;

import dev.caravan.stomp.StompException;

/** How the messages of a subscription are acknowledged: by being sent, all up to one, or each. */
public enum AckMode {
    AUTO,
    CLIENT,
    CLIENT_INDIVIDUAL;

    /** @param header {@code ack} of a SUBSCRIBE; null means {@code auto} */
    static AckMode of(String header) throws StompException {
        return switch (header == null ? "auto" : header) {
            case "auto" -> AUTO;
            case "client" -> CLIENT;
            case "client-individual" -> CLIENT_INDIVIDUAL;
            default -> throw new StompException("ack must be auto, client or client-individual");
        };
    }
}
