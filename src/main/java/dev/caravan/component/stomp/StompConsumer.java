package dev.caravan.component.stomp;

import dev.caravan.component.RouteRevisions;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Suspendable;
import org.apache.camel.support.DefaultConsumer;

/**
 * While it runs, its node has the destination. While its route is being replaced it goes on, until its successor is there: so
 * no client finds the destination missing.
 */
final class StompConsumer extends DefaultConsumer implements Suspendable {
    private final StompEndpoint endpoint;
    private final StompDestinations destinations;
    private final StompPublisher publisher;

    StompConsumer(
            StompEndpoint endpoint, Processor processor, StompDestinations destinations, StompPublisher publisher) {
        super(endpoint, processor);
        this.endpoint = endpoint;
        this.destinations = destinations;
        this.publisher = publisher;
    }

    StompEndpoint endpoint() {
        return endpoint;
    }

    DestinationPattern pattern() {
        return endpoint.pattern();
    }

    /** Runs the route for a message, and publishes what that leaves, unless a step has stopped it. */
    CompletableFuture<Void> receive(
            String destination,
            Map<String, String> values,
            String user,
            String contentType,
            byte[] body,
            Map<String, String> headers) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Exchange exchange = createExchange(false);
        RouteMessages.fill(exchange, destination, values, user, contentType, body, headers);
        getAsyncProcessor().process(exchange, doneSync -> ended(exchange, destination, done));
        return done;
    }

    private void ended(Exchange exchange, String destination, CompletableFuture<Void> done) {
        try {
            if (exchange.getException() != null) {
                done.completeExceptionally(exchange.getException());
            } else if (exchange.isRouteStop()) {
                done.complete(null);
            } else {
                StompMessage message = RouteMessages.read(exchange, destination, publisher.nextId());
                publisher.publish(message, endpoint.getMaxMessages()).whenComplete((nothing, failure) -> {
                    if (failure == null) {
                        done.complete(null);
                    } else {
                        done.completeExceptionally(failure);
                    }
                });
            }
        } catch (RuntimeException e) {
            done.completeExceptionally(e);
        } finally {
            releaseExchange(exchange, false);
        }
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        destinations.attach(this);
    }

    @Override
    protected void doSuspend() throws Exception {
        if (!RouteRevisions.isBeingReplaced(endpoint.getCamelContext(), getRouteId())) {
            destinations.detach(this);
        }
        super.doSuspend();
    }

    @Override
    protected void doResume() throws Exception {
        super.doResume();
        destinations.attach(this);
    }

    @Override
    protected void doStop() throws Exception {
        destinations.detach(this);
        super.doStop();
    }
}
