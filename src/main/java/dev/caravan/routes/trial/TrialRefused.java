package dev.caravan.routes.trial;

/** A trial was not begun, since others run. */
public final class TrialRefused extends Exception {
    private static final long serialVersionUID = 1;

    TrialRefused(String reason) {
        super(reason);
    }
}
