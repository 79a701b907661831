package dev.caravan.routes;

/** An edit was not allowed, named nothing that exists, or could not be written. The message is for its author. */
public final class EditFailed extends Exception {
    private static final long serialVersionUID = 1;

    /** Why. */
    public enum Reason {
        NOT_ALLOWED,
        NOT_EDITABLE,
        NOT_A_NAME,
        UNKNOWN,
        NOT_KEPT
    }

    private final Reason reason;

    EditFailed(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    EditFailed(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
