package dev.caravan.event;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Processor;
import org.apache.camel.Suspendable;
import org.apache.camel.support.DefaultConsumer;

/** Runs a route for each event of a subscription, one after the other, on its own thread. */
final class EventsConsumer extends DefaultConsumer implements Suspendable {
    /** How often a waiting consumer checks whether it is stopped. */
    private static final long POLL_MILLIS = 100;
    /** How long a route that replaces another one waits for the last event of that one. */
    private static final long HANDOVER_MILLIS = 5000;

    private final EventsEndpoint endpoint;
    private final EventHub hub;
    private final EventFailures failures;
    private ExecutorService executor;
    /** The subscription that this consumer takes from; null while it is stopped or suspended. */
    private volatile SubscriberQueue subscription;

    EventsConsumer(EventsEndpoint endpoint, EventHub hub, Processor processor) {
        super(endpoint, processor);
        this.endpoint = endpoint;
        this.hub = hub;
        this.failures = new EventFailures(endpoint.getName(), hub.registry());
    }

    private void process(SubscriberQueue from) {
        try {
            boolean locked = from.processing().tryLock(HANDOVER_MILLIS, TimeUnit.MILLISECONDS);
            try {
                while (subscription == from) {
                    Event event = from.poll(POLL_MILLIS);
                    if (event != null) {
                        process(event);
                    }
                }
            } finally {
                if (locked) {
                    from.processing().unlock();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void process(Event event) {
        Throwable failure = EventsEndpoint.process(event, this);
        if (failure != null) {
            failures.add(event, failure);
        }
    }

    private void subscribe() throws InterruptedException {
        SubscriberQueue mine = hub.subscribe(endpoint.getName(), endpoint.getKey(), this);
        mine.setBacklog(endpoint.getBacklog());
        subscription = mine;
        executor.execute(() -> process(mine));
    }

    private void unsubscribe() {
        subscription = null;
        hub.unsubscribe(endpoint.getName(), this);
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        executor = endpoint.getCamelContext()
                .getExecutorServiceManager()
                .newSingleThreadExecutor(this, endpoint.getEndpointKey());
        subscribe();
    }

    @Override
    protected void doSuspend() throws Exception {
        unsubscribe();
        super.doSuspend();
    }

    @Override
    protected void doResume() throws Exception {
        super.doResume();
        subscribe();
    }

    @Override
    protected void doStop() throws Exception {
        unsubscribe();
        if (executor != null) {
            endpoint.getCamelContext().getExecutorServiceManager().shutdownGraceful(executor);
            executor = null;
        }
        super.doStop();
    }
}
