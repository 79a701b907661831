package dev.caravan.component.stomp;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;
import org.apache.camel.support.DefaultAsyncProducer;

/** Publishes to the subscribers of a destination, past its route. Done when the broker has confirmed it. */
final class StompProducer extends DefaultAsyncProducer {
    private final StompEndpoint endpoint;
    private final StompDestinations destinations;
    private final StompPublisher publisher;

    StompProducer(StompEndpoint endpoint, StompDestinations destinations, StompPublisher publisher) {
        super(endpoint);
        this.endpoint = endpoint;
        this.destinations = destinations;
        this.publisher = publisher;
    }

    @Override
    public boolean process(Exchange exchange, AsyncCallback callback) {
        CompletableFuture<Void> confirmed;
        try {
            String name = endpoint.getDestination();
            StompDestination destination = destinations.find(name);
            int most = destination == null ? endpoint.getMaxMessages() : destination.maxMessages();
            confirmed = publisher.publish(RouteMessages.read(exchange, name, publisher.nextId()), most);
        } catch (RuntimeException e) {
            exchange.setException(e);
            callback.done(true);
            return true;
        }
        confirmed.whenComplete((nothing, failure) -> {
            if (failure != null) {
                exchange.setException(failure instanceof CompletionException ? failure.getCause() : failure);
            }
            callback.done(false);
        });
        return false;
    }
}
