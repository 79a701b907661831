package dev.caravan.routes.trial;

/** Ends a trial at its next step. */
final class TrialEnded extends RuntimeException {
    private static final long serialVersionUID = 1;

    TrialEnded(String reason) {
        super(reason, null, false, false);
    }
}
