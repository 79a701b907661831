package dev.caravan.routes.figures;

import dev.caravan.component.Causes;

/** What a step failed of. */
record StepFailure(Throwable failure, FailurePlace place) {
    /** Whether this is why something else failed. */
    boolean causes(Throwable other) {
        return Causes.has(other, failure);
    }
}
