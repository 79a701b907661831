package dev.caravan.routes.recording;

import dev.caravan.component.StepId;
import java.net.URISyntaxException;
import org.apache.camel.EndpointAware;
import org.apache.camel.NamedNode;
import org.apache.camel.Processor;
import org.apache.camel.model.BeanDefinition;
import org.apache.camel.model.EnrichDefinition;
import org.apache.camel.model.ExpressionNode;
import org.apache.camel.model.PollEnrichDefinition;
import org.apache.camel.model.ToDefinition;
import org.apache.camel.model.ToDynamicDefinition;
import org.apache.camel.model.language.ConstantExpression;
import org.apache.camel.util.URISupport;

/**
 * Where a step stands.
 *
 * @param id that the file gives it; null if it gives none
 * @param kind such as {@code setBody}
 * @param line where it begins in the file; null if it is in no file
 * @param target the endpoint or bean that it calls, without secrets; null if it calls none, or one that messages choose
 * @param isDynamic whether messages choose what it calls
 */
public record StepPlace(RecordedRoute route, String id, String kind, Integer line, String target, boolean isDynamic) {
    /** @param processor of the step, not wrapped */
    public static StepPlace of(RecordedRoute route, NamedNode step, Processor processor, Integer line) {
        boolean isDynamic = step instanceof ToDynamicDefinition;
        return new StepPlace(route, StepId.own(step), step.getShortName(), line, target(step, processor), isDynamic);
    }

    private static String target(NamedNode step, Processor processor) {
        if (step instanceof BeanDefinition bean && bean.getRef() != null) {
            return "bean:" + bean.getRef()
                    + (bean.getMethod() == null ? "" : "." + bean.getMethod().split("\\(", 2)[0]);
        }
        if (step instanceof ToDefinition && processor instanceof EndpointAware sender) {
            return URISupport.sanitizeUri(sender.getEndpoint().getEndpointUri());
        }
        // What another strategy makes of the answer is not the answer.
        if (step instanceof EnrichDefinition enrich
                && enrich.getAggregationStrategy() == null
                && enrich.getAggregationStrategyBean() == null) {
            return constant(enrich);
        }
        return step instanceof PollEnrichDefinition poll
                        && poll.getAggregationStrategy() == null
                        && poll.getAggregationStrategyBean() == null
                ? constant(poll)
                : null;
    }

    /** Camel does not tell which endpoint a message was enriched from: it is known if it is always the same. */
    private static String constant(ExpressionNode step) {
        if (!(step.getExpression() instanceof ConstantExpression uri)) {
            return null;
        }
        try {
            return URISupport.sanitizeUri(
                    URISupport.normalizeUri(step.getCamelContext().resolvePropertyPlaceholders(uri.getExpression())));
        } catch (URISyntaxException | RuntimeException e) {
            return null; // the step fails of it
        }
    }
}
