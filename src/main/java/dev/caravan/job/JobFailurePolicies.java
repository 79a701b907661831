package dev.caravan.job;

import org.apache.camel.builder.RouteConfigurationBuilder;
import org.apache.camel.model.RouteConfigurationDefinition;
import org.springframework.amqp.AmqpRejectAndDontRequeueException;
import org.springframework.stereotype.Component;
import org.springframework.web.ErrorResponseException;

/**
 * The failure policies of the flows of jobs.
 *
 * <ul>
 *   <li>{@code accept-or-withdraw}: what was begun is withdrawn, and the failure goes to the caller; what was rejected was
 *       not begun
 *   <li>{@code reject-or-requeue}: a message that is no job is rejected for good; after any other failure it goes back to
 *       the queue
 * </ul>
 */
@Component
class JobFailurePolicies extends RouteConfigurationBuilder {
    @Override
    public void configuration() {
        RouteConfigurationDefinition accept = routeConfiguration("accept-or-withdraw");
        accept.onException(ErrorResponseException.class).logExhausted(false).handled(false);
        accept.onException(Exception.class).logExhausted(false).handled(false).to("direct:status-withdraw");

        RouteConfigurationDefinition process = routeConfiguration("reject-or-requeue");
        process.onException(AmqpRejectAndDontRequeueException.class)
                .logExhausted(false)
                .handled(false)
                .to("direct:jobs-reject?synchronous=true");
        process.onException(Throwable.class)
                .logExhausted(false)
                .handled(false)
                .bean("jobAttempts", "abandoned(${variable.job})");
    }
}
