package dev.caravan.routes.trial;

import dev.caravan.routes.guard.ClassGuard;
import java.util.Set;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.Expression;
import org.apache.camel.Predicate;
import org.apache.camel.spi.Language;
import org.apache.camel.spi.LanguageResolver;
import org.apache.camel.support.service.ServiceHelper;

/** The languages of a trial: those that only compute. One in which a route can name any class is not tried. */
final class TriedLanguages implements LanguageResolver {
    /** Those that read environment variables and system properties. */
    private static final Set<String> SIMPLE = Set.of("file", "simple");

    private final LanguageResolver guarded;
    private final TriedBeans beans;
    private final Outside outside;

    TriedLanguages(LanguageResolver guarded, TriedBeans beans, Outside outside) {
        this.guarded = guarded;
        this.beans = beans;
        this.outside = outside;
    }

    @Override
    public Language resolveLanguage(String name, CamelContext context) {
        if (name.equals("bean")) {
            Language methods = guarded.resolveLanguage(name, context);
            CamelContextAware.trySetCamelContext(methods, context);
            ServiceHelper.startService(methods);
            return beans.language(methods);
        }
        if (ClassGuard.isHarmless(name)) {
            Language language = guarded.resolveLanguage(name, context);
            return SIMPLE.contains(name) ? new WithoutSecrets(language) : language;
        }
        NotTried notTried = new NotTried(outside, "language:" + name);
        return new Language() {
            @Override
            public Predicate createPredicate(String expression) {
                return notTried;
            }

            @Override
            public Expression createExpression(String expression) {
                return notTried;
            }
        };
    }

    private record WithoutSecrets(Language simple) implements Language {
        @Override
        public Expression createExpression(String expression) {
            return simple.createExpression(Secrets.withoutSecrets(expression));
        }

        @Override
        public Expression createExpression(String expression, Object[] properties) {
            return simple.createExpression(Secrets.withoutSecrets(expression), properties);
        }

        @Override
        public Predicate createPredicate(String expression) {
            return simple.createPredicate(Secrets.withoutSecretsInPredicate(expression));
        }

        @Override
        public Predicate createPredicate(String expression, Object[] properties) {
            return simple.createPredicate(Secrets.withoutSecretsInPredicate(expression), properties);
        }
    }
}
