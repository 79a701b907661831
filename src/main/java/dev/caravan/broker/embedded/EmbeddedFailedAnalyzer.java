package dev.caravan.broker.embedded;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says why an embedded part did not start, in place of a stack trace. */
class EmbeddedFailedAnalyzer extends AbstractFailureAnalyzer<EmbeddedFailed> {
    @Override
    protected FailureAnalysis analyze(Throwable root, EmbeddedFailed cause) {
        return new FailureAnalysis(cause.getMessage(), null, cause);
    }
}
