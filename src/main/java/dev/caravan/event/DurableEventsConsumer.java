package dev.caravan.event;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Consumer;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Suspendable;
import org.apache.camel.support.DefaultConsumer;
import org.apache.camel.support.service.ServiceHelper;

/**
 * Runs a route for each event of a durable subscription, one after the other. An event leaves its queue when the route has
 * processed it, or when it has failed so often that a copy is on the dead queue. An event that waits for another attempt
 * while the route stops goes back to its queue.
 */
final class DurableEventsConsumer extends DefaultConsumer implements Suspendable {
    private static final String QUEUE = "caravan.events.";
    private static final int BACKOFF_FACTOR = 4;

    private final EventsEndpoint endpoint;
    private final EventsComponent component;
    private final EventFailures failures;
    private final String queue;
    /** Open while the consumer is stopped or suspended. */
    private volatile CountDownLatch stopped = new CountDownLatch(0);

    private Consumer messages;

    DurableEventsConsumer(EventsEndpoint endpoint, EventsComponent component, Processor processor) {
        super(endpoint, processor);
        this.endpoint = endpoint;
        this.component = component;
        this.queue = QUEUE + endpoint.getName();
        this.failures = new EventFailures(endpoint.getName(), component.hub().registry());
    }

    /** Processes a message; it may leave its queue when this returns. */
    private void process(Exchange message) throws Exception {
        Event event = component
                .messages()
                .read(message.getMessage().getBody(), message.getMessage().getHeaders());
        long pause = endpoint.getRetryDelay();
        for (int attempt = 1; ; attempt++) {
            Throwable failure = EventsEndpoint.process(event, this);
            if (failure == null) {
                return;
            }
            failures.add(event, failure);
            if (attempt >= endpoint.getAttempts()) {
                component.dead().add(event, endpoint.getName(), failure);
                return;
            }
            if (stopped.await(pause, TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException("The subscription " + endpoint.getName() + " is stopped", failure);
            }
            pause *= BACKOFF_FACTOR;
        }
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        component.queues().addDurable(queue, endpoint.getKey(), this);
        messages = endpoint.getCamelContext()
                .getEndpoint("spring-rabbitmq:default?queues=" + queue
                        + "&prefetchCount=1&autoDeclare=false&disableReplyTo=true")
                .createConsumer(this::process);
        stopped = new CountDownLatch(1);
        ServiceHelper.startService(messages);
    }

    @Override
    protected void doSuspend() throws Exception {
        stopped.countDown();
        ServiceHelper.suspendService(messages);
        super.doSuspend();
    }

    @Override
    protected void doResume() throws Exception {
        super.doResume();
        stopped = new CountDownLatch(1);
        ServiceHelper.resumeService(messages);
    }

    @Override
    protected void doStop() throws Exception {
        stopped.countDown();
        ServiceHelper.stopAndShutdownService(messages);
        component
                .queues()
                .removeDurable(queue, this, !endpoint.getCamelContext().isStopping());
        super.doStop();
    }
}
