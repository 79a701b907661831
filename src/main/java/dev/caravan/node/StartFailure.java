package dev.caravan.node;

import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.SpringBootExceptionReporter;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.core.io.support.SpringFactoriesLoader.ArgumentResolver;
import org.springframework.core.io.support.SpringFactoriesLoader.FailureHandler;

/**
 * Says in one line why a node does not start, where some analyzer knows that: Spring Boot's own report of the same has ten.
 * A failure that nobody knows is a fault of Caravan, and shown with its stack trace.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
class StartFailure implements SpringBootExceptionReporter {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caravan.CaravanApplication");
    private static final Pattern BREAKS = Pattern.compile("\\s*\\R\\s*");

    private final ConfigurableApplicationContext context;

    /** @param context null if there is none yet, and so no log */
    StartFailure(ConfigurableApplicationContext context) {
        this.context = context;
    }

    @Override
    public boolean reportException(Throwable failure) {
        String reason = reason(failure);
        if (reason == null) {
            return false;
        }
        String line = "Caravan did not start. " + reason;
        if (context == null) {
            System.err.println(OneLine.of(line));
        } else {
            LOG.error(line);
        }
        return true;
    }

    /** Null if nobody knows. */
    private String reason(Throwable failure) {
        ArgumentResolver arguments = context == null
                ? ArgumentResolver.none()
                : ArgumentResolver.of(BeanFactory.class, context.getBeanFactory())
                        .and(Environment.class, context.getEnvironment());
        List<FailureAnalyzer> analyzers = SpringFactoriesLoader.forDefaultResourceLocation(
                        getClass().getClassLoader())
                .load(FailureAnalyzer.class, arguments, FailureHandler.handleMessage((message, e) -> {}));
        return analyzers.stream()
                .map(analyzer -> analyzer.analyze(failure))
                .filter(Objects::nonNull)
                .findFirst()
                .map(StartFailure::line)
                .orElse(null);
    }

    private static String line(FailureAnalysis analysis) {
        String description = analysis.getDescription();
        String text = analysis.getAction() == null ? description : description + " " + analysis.getAction();
        return BREAKS.matcher(text.strip()).replaceAll(" ");
    }
}
