package dev.caravan.event;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Processor;
import org.apache.camel.Suspendable;
import org.apache.camel.support.DefaultConsumer;

/** Gives the events of a subscription to a route, one after the other, on a thread of its own. */
final class EventsConsumer extends DefaultConsumer implements Suspendable {
    /** How often a consumer looks whether it is still to go on. */
    private static final long LOOK_MILLIS = 100;
    /** How long a route that takes the place of another one waits for its last event. */
    private static final long TURN_MILLIS = 5000;

    private final EventsEndpoint endpoint;
    private final EventHub hub;
    private final EventFailures failures;
    private ExecutorService executor;
    /** What this consumer takes from; null while it is not to go on. */
    private volatile SubscriberQueue subscription;

    EventsConsumer(EventsEndpoint endpoint, EventHub hub, Processor processor) {
        super(endpoint, processor);
        this.endpoint = endpoint;
        this.hub = hub;
        this.failures = new EventFailures(endpoint.getName(), hub.registry());
    }

    private void work(SubscriberQueue from) {
        try {
            boolean mine = from.turn().tryLock(TURN_MILLIS, TimeUnit.MILLISECONDS);
            try {
                while (subscription == from) {
                    Event event = from.poll(LOOK_MILLIS);
                    if (event != null) {
                        work(event);
                    }
                }
            } finally {
                if (mine) {
                    from.turn().unlock();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void work(Event event) {
        Throwable failure = EventsEndpoint.work(event, this);
        if (failure != null) {
            failures.add(event, failure);
        }
    }

    private void begin() throws InterruptedException {
        SubscriberQueue mine = hub.subscribe(endpoint.getName(), endpoint.getKey(), this);
        mine.bound(endpoint.getBacklog());
        subscription = mine;
        executor.execute(() -> work(mine));
    }

    private void end() {
        subscription = null;
        hub.unsubscribe(endpoint.getName(), this);
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        executor = endpoint.getCamelContext()
                .getExecutorServiceManager()
                .newSingleThreadExecutor(this, endpoint.getEndpointKey());
        begin();
    }

    @Override
    protected void doSuspend() throws Exception {
        end();
        super.doSuspend();
    }

    @Override
    protected void doResume() throws Exception {
        super.doResume();
        begin();
    }

    @Override
    protected void doStop() throws Exception {
        end();
        if (executor != null) {
            endpoint.getCamelContext().getExecutorServiceManager().shutdownGraceful(executor);
            executor = null;
        }
        super.doStop();
    }
}
