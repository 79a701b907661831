package dev.caravan.security;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Prints the cause and the remedy in place of a stack trace. */
class InsecureAnalyzer extends AbstractFailureAnalyzer<DefaultCredentials.Insecure> {
    @Override
    protected FailureAnalysis analyze(Throwable root, DefaultCredentials.Insecure cause) {
        return new FailureAnalysis(
                cause.getMessage() + ".",
                "Set them (caravan.users[0].name, .password, .roles; spring.rabbitmq.username, .password;"
                        + " spring.data.redis.password), or, where nobody else can reach these servers,"
                        + " caravan.security.allow-insecure=true.",
                cause);
    }
}
