package dev.caravan.embedded;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Shows why an embedded server did not start, in place of a stack trace. */
class EmbeddedStartFailureAnalyzer extends AbstractFailureAnalyzer<EmbeddedStartException> {
    @Override
    protected FailureAnalysis analyze(Throwable root, EmbeddedStartException cause) {
        return new FailureAnalysis(cause.getMessage(), null, cause);
    }
}
