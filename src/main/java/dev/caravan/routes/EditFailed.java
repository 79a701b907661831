package dev.caravan.routes;

/** An edit that was not even looked at, or that could not be kept; its message is for the one who wanted it. */
final class EditFailed extends Exception {
    private static final long serialVersionUID = 1;

    /** Why. */
    enum Reason {
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

    Reason reason() {
        return reason;
    }
}
