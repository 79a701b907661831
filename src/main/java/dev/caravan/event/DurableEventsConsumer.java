package dev.caravan.event;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.camel.Consumer;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Suspendable;
import org.apache.camel.support.DefaultConsumer;
import org.apache.camel.support.service.ServiceHelper;

/**
 * Gives the events of a durable subscription to a route, one after the other: an event leaves its queue when the route has
 * worked it, or when it has failed so often that a copy was set aside. One that waits for another attempt when the route
 * is stopped goes back to the queue.
 */
final class DurableEventsConsumer extends DefaultConsumer implements Suspendable {
    private static final String QUEUE = "caravan.events.";
    private static final int LONGER = 4;

    private final EventsEndpoint endpoint;
    private final EventsComponent component;
    private final EventFailures failures;
    private final String queue;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition ended = lock.newCondition();
    private boolean active;
    private Consumer messages;

    DurableEventsConsumer(EventsEndpoint endpoint, EventsComponent component, Processor processor) {
        super(endpoint, processor);
        this.endpoint = endpoint;
        this.component = component;
        this.queue = QUEUE + endpoint.getName();
        this.failures = new EventFailures(endpoint.getName(), component.hub().registry());
    }

    /** Works a message from the queue; when this returns it may leave that. */
    private void work(Exchange message) throws Exception {
        Event event = component
                .messages()
                .read(message.getMessage().getBody(), message.getMessage().getHeaders());
        long pause = endpoint.getRetryDelay();
        for (int attempt = 1; ; attempt++) {
            Throwable failure = EventsEndpoint.work(event, this);
            if (failure == null) {
                return;
            }
            failures.add(event, failure);
            if (attempt >= endpoint.getAttempts()) {
                component.dead().add(event, endpoint.getName(), failure);
                return;
            }
            if (isEndedWithin(pause)) {
                throw new IllegalStateException("The subscription " + endpoint.getName() + " is stopped", failure);
            }
            pause *= LONGER;
        }
    }

    private boolean isEndedWithin(long millis) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long nanos = TimeUnit.MILLISECONDS.toNanos(millis);
            while (active && nanos > 0) {
                nanos = ended.awaitNanos(nanos);
            }
            return !active;
        } finally {
            lock.unlock();
        }
    }

    private void active(boolean now) {
        lock.lock();
        try {
            active = now;
            ended.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        component.queues().keep(queue, endpoint.getKey(), this);
        messages = endpoint.getCamelContext()
                .getEndpoint("spring-rabbitmq:default?queues=" + queue
                        + "&prefetchCount=1&autoDeclare=false&disableReplyTo=true")
                .createConsumer(this::work);
        active(true);
        ServiceHelper.startService(messages);
    }

    @Override
    protected void doSuspend() throws Exception {
        active(false);
        ServiceHelper.suspendService(messages);
        super.doSuspend();
    }

    @Override
    protected void doResume() throws Exception {
        super.doResume();
        active(true);
        ServiceHelper.resumeService(messages);
    }

    @Override
    protected void doStop() throws Exception {
        active(false);
        ServiceHelper.stopAndShutdownService(messages);
        component.queues().forget(queue, this);
        super.doStop();
    }
}
