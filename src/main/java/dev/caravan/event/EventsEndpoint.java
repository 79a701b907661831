package dev.caravan.event;

import java.util.regex.Pattern;
import org.apache.camel.Category;
import org.apache.camel.Consumer;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.UriEndpoint;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriPath;
import org.apache.camel.support.DefaultConsumer;
import org.apache.camel.support.DefaultEndpoint;
import org.apache.camel.support.UnitOfWorkHelper;

/**
 * Subscribe to events: each one that is published to all nodes, or to a key, becomes an exchange.
 */
@UriEndpoint(
        firstVersion = "0.1.0",
        scheme = "events",
        title = "Events",
        syntax = "events:name",
        category = {Category.MESSAGING},
        consumerOnly = true,
        headersClass = EventHeaders.class)
public final class EventsEndpoint extends DefaultEndpoint {
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9.-]{0,63}");

    private final EventsComponent component;

    /** Name of the subscription, unique among routes: 1 to 64 of a-z 0-9 . and -. */
    @UriPath
    @Metadata(required = true)
    private String name;

    /** The key whose events the route gets; without it, the events that have no key. */
    @UriParam
    private String key;

    /**
     * Whether the subscription has its own queue on the broker, where events wait while no node runs it. All nodes share the
     * queue, so one of them processes each event. Default false: each running node gets each event.
     */
    @UriParam(defaultValue = "false")
    private boolean durable;

    /**
     * How many events may wait for a route that is not durable, 16 MB at most; above it, the oldest are dropped, counted
     * and logged. Default 1,000.
     */
    @UriParam(defaultValue = "1000")
    private int backlog = 1000;

    /** How often a durable subscription tries an event before it copies it to the dead queue. Default 3. */
    @UriParam(defaultValue = "3")
    private int attempts = 3;

    /**
     * The pause after the first failure of a durable subscription, in milliseconds; each further failure makes it four times
     * longer. Default 1,000.
     */
    @UriParam(defaultValue = "1000", javaType = "java.time.Duration")
    private long retryDelay = 1000;

    EventsEndpoint(String uri, EventsComponent component, String name) {
        super(uri, component);
        this.component = component;
        this.name = name;
    }

    /** @throws IllegalArgumentException if an option is invalid */
    void check() {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("events: the name of a subscription is 1 to 64 of a-z 0-9 . -");
        }
        if (key != null && !EventKeys.isKey(key)) {
            throw new IllegalArgumentException("events: a key is 1 to 100 of A-Z a-z 0-9 . _ : -");
        }
        if (backlog < 1 || attempts < 1 || retryDelay < 0) {
            throw new IllegalArgumentException("events: backlog and attempts must be 1 or more, retryDelay 0 or more");
        }
    }

    @Override
    public Producer createProducer() {
        throw new UnsupportedOperationException("events: is only consumed; publish with to: direct:events-publish");
    }

    @Override
    public Consumer createConsumer(Processor processor) throws Exception {
        DefaultConsumer consumer = durable
                ? new DurableEventsConsumer(this, component, processor)
                : new EventsConsumer(this, component.hub(), processor);
        configureConsumer(consumer);
        return consumer;
    }

    /**
     * Runs the route of one of the two consumers with an event, and waits for it.
     *
     * @return the exception or error with which the route failed; null if it succeeded
     */
    static Throwable process(Event event, DefaultConsumer consumer) {
        Exchange exchange = consumer.createExchange(false);
        try {
            fill(exchange, event);
            consumer.getProcessor().process(exchange);
        } catch (Throwable e) { // an error too: the consumer must go on with the next event
            exchange.setException(e);
            removeFromInflight(exchange, consumer);
        }
        Throwable failure = exchange.getException();
        consumer.releaseExchange(exchange, false);
        return failure;
    }

    /** Camel does not do this after an Error; every edit of the route would then wait for the exchange. */
    private static void removeFromInflight(Exchange exchange, DefaultConsumer consumer) {
        if (exchange.getUnitOfWork() != null) {
            UnitOfWorkHelper.doneUow(exchange.getUnitOfWork(), exchange);
            exchange.getContext().getInflightRepository().remove(exchange, consumer.getRouteId());
        }
    }

    private static void fill(Exchange exchange, Event event) {
        exchange.getMessage().setBody(event.text());
        exchange.getMessage().setHeader(EventHeaders.ID, event.id());
        if (event.key() != null) {
            exchange.getMessage().setHeader(EventHeaders.KEY, event.key());
        }
        exchange.getMessage().setHeader(EventHeaders.TIME, event.time().toString());
    }

    public String getName() {
        return name;
    }

    public void setName(String name) {
        this.name = name;
    }

    public String getKey() {
        return key;
    }

    public void setKey(String key) {
        this.key = key;
    }

    public boolean isDurable() {
        return durable;
    }

    public void setDurable(boolean durable) {
        this.durable = durable;
    }

    public int getBacklog() {
        return backlog;
    }

    public void setBacklog(int backlog) {
        this.backlog = backlog;
    }

    public int getAttempts() {
        return attempts;
    }

    public void setAttempts(int attempts) {
        this.attempts = attempts;
    }

    public long getRetryDelay() {
        return retryDelay;
    }

    public void setRetryDelay(long retryDelay) {
        this.retryDelay = retryDelay;
    }
}
