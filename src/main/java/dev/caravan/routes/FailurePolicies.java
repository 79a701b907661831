package dev.caravan.routes;

import org.apache.camel.LoggingLevel;
import org.apache.camel.builder.RouteConfigurationBuilder;
import org.springframework.amqp.AmqpException;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;

/**
 * The failure policies for any route, by the name that the route gives as its {@code routeConfigurationId}; the modules
 * have those for their own flows.
 *
 * <ul>
 *   <li>{@code propagate}: the failure goes to the caller; for routes that others call, handlers of jobs among them
 *   <li>{@code best-effort}: nothing happens while the broker or Redis is away; a timer runs the route again
 * </ul>
 */
@Component
class FailurePolicies extends RouteConfigurationBuilder {
    @Override
    public void configuration() {
        routeConfiguration("propagate").errorHandler(noErrorHandler());

        routeConfiguration("best-effort")
                // Without Camel's table of many lines. Not for the whole context: that would take precedence over
                // policies.
                .errorHandler(defaultErrorHandler().logExhaustedMessageHistory(false))
                .onException(AmqpException.class, DataAccessException.class)
                .logExhausted(false)
                .handled(true)
                .log(LoggingLevel.DEBUG, "${routeId}: ${exception.message}");
    }
}
