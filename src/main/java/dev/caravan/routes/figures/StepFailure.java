package dev.caravan.routes.figures;

/** What a step failed of. */
record StepFailure(Throwable failure, FailurePlace place) {
    /** How many causes are looked at: a chain of them may be a circle. */
    private static final int LONGEST_CHAIN = 20;

    /** Whether this is why something else failed. */
    boolean causes(Throwable other) {
        Throwable cause = other;
        for (int i = 0; i < LONGEST_CHAIN && cause != null; i++) {
            if (cause == failure) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }
}
