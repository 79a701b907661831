package dev.caravan.broker;

import org.apache.camel.LoggingLevel;
import org.apache.camel.builder.RouteConfigurationBuilder;
import org.apache.camel.model.RouteConfigurationDefinition;
import org.springframework.amqp.AmqpException;
import org.springframework.amqp.AmqpRejectAndDontRequeueException;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.web.ErrorResponseException;

/**
 * What happens when a route fails, by the name that the route gives as its {@code routeConfigurationId}:
 *
 * <ul>
 *   <li>{@code accept-or-withdraw}: what was begun is taken back, and the one who asked is told; what was refused was not
 *       begun
 *   <li>{@code work}: a message that is no job is rejected for good; after any other failure it goes back to the queue
 *   <li>{@code answer}: whoever sent a frame of the chat is told what is wrong with it
 *   <li>{@code best-effort}: while the broker or Redis is away, nothing; a timer comes again
 *   <li>{@code pass-on}: the failure is the caller's; for routes that others call, handlers of jobs among them
 * </ul>
 */
@Component
class FailurePolicies extends RouteConfigurationBuilder {
    @Override
    public void configuration() {
        RouteConfigurationDefinition accept = routeConfiguration("accept-or-withdraw");
        accept.onException(ErrorResponseException.class).logExhausted(false).handled(false);
        accept.onException(Exception.class).logExhausted(false).handled(false).to("direct:status-withdraw");

        RouteConfigurationDefinition work = routeConfiguration("work");
        work.onException(AmqpRejectAndDontRequeueException.class)
                .logExhausted(false)
                .handled(false)
                .to("direct:jobs-reject");
        work.onException(Throwable.class)
                .logExhausted(false)
                .handled(false)
                .bean("jobAttempts", "abandoned(${variable.job})");

        routeConfiguration("answer")
                .onException(Throwable.class)
                .logExhausted(false)
                .handled(true)
                .to("direct:chat-refuse");

        routeConfiguration("best-effort")
                // Without Camel's table of many lines. Not for the whole context: that would take precedence over
                // policies.
                .errorHandler(defaultErrorHandler().logExhaustedMessageHistory(false))
                .onException(AmqpException.class, DataAccessException.class)
                .logExhausted(false)
                .handled(true)
                .log(LoggingLevel.DEBUG, "${routeId}: ${exception.message}");

        routeConfiguration("pass-on").errorHandler(noErrorHandler());
    }
}
