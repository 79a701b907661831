package dev.caravan.routes.figures;

import dev.caravan.component.StepId;
import dev.caravan.routes.check.StepLines;
import dev.caravan.routes.files.RouteFile;
import dev.caravan.routes.files.RouteProblem;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.apache.camel.Channel;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.Route;
import org.apache.camel.Service;
import org.apache.camel.model.ProcessorDefinition;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.spi.CamelInternalProcessorAdvice;
import org.apache.camel.spi.IdAware;
import org.apache.camel.spi.InternalProcessor;
import org.apache.camel.support.service.ServiceHelper;

/**
 * Notes the step of a route at which an exchange fails, the innermost one, also if that is of another route, or met a copy of the
 * exchange. An exchange that does not fail costs a look at each step: Camel's own advice, without a wrapper around the step.
 */
public final class StepFailures {
    /** What an exchange failed of last. */
    private static final String FAILURE = "CaravanStepFailure";

    private StepFailures() {}

    /**
     * Watches the steps of a route that was made and has not started.
     *
     * @param property of the exchange with its {@link RouteRun}
     */
    public static void watch(Route route, RouteFile file, String property) {
        if (!(route.getRoute() instanceof RouteDefinition definition)
                || !(route.getProcessor() instanceof Service steps)) {
            return;
        }
        Map<String, NamedNode> byId = new HashMap<>();
        ProcessorDefinitionHelper.filterTypeInOutputs(definition.getOutputs(), ProcessorDefinition.class)
                .forEach(step -> byId.put(step.getId(), step));
        for (Service service : ServiceHelper.getChildServices(steps)) {
            if (service instanceof Channel channel && channel instanceof InternalProcessor processor) {
                String id = channel.getNextProcessor() instanceof IdAware step ? step.getId() : null;
                processor.addAdvice(new Watch(route.getRouteId(), file, property, byId, id));
            }
        }
    }

    private static final class Watch implements CamelInternalProcessorAdvice<Object> {
        private final String route;
        private final RouteFile file;
        private final String property;
        private final Map<String, NamedNode> steps;
        /** Of the step; null if its processor does not know it. */
        private final String id;
        /** To find the line takes a look at the whole route: once, when the step has failed. */
        private FailurePlace place;

        Watch(String route, RouteFile file, String property, Map<String, NamedNode> steps, String id) {
            this.route = route;
            this.file = file;
            this.property = property;
            this.steps = steps;
            this.id = id;
        }

        @Override
        public Object before(Exchange exchange) {
            return null;
        }

        @Override
        public void after(Exchange exchange, Object data) {
            Exception failure = exchange.getException();
            if (failure != null) {
                note(exchange, failure);
            }
        }

        @Override
        public boolean hasState() {
            return false;
        }

        private void note(Exchange exchange, Exception failure) {
            RouteRun run = RouteRun.of(exchange, property);
            if (run == null) {
                return;
            }
            StepFailure within = exchange.getProperty(FAILURE) instanceof StepFailure noted ? noted : null;
            if (within == null || !within.causes(failure)) {
                within = run.failure(); // of a copy
            }
            if (within == null || !within.causes(failure)) {
                FailurePlace here = place(exchange);
                if (here == null) {
                    return; // the step around this one knows
                }
                within = new StepFailure(failure, here);
            }
            exchange.setProperty(FAILURE, within);
            run.failed(within);
        }

        /** Null if it is not known. */
        private synchronized FailurePlace place(Exchange exchange) {
            // A processor without an id has no steps within it, which would have replaced what Camel notes here.
            NamedNode step =
                    steps.get(id != null ? id : exchange.getExchangeExtension().getHistoryNodeId());
            if (place == null && step != null) {
                Integer line = new StepLines(file).of(route, step).orElse(null);
                String text = line == null ? null : RouteProblem.excerpt(file.text(), line);
                place = new FailurePlace(
                        route,
                        file.name(),
                        file.revision(),
                        Objects.requireNonNullElse(StepId.own(step), step.getShortName()),
                        line,
                        text);
            }
            return place;
        }
    }
}
