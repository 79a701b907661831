package dev.caravan.routes;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.apache.camel.Exchange;
import org.apache.camel.Route;
import org.apache.camel.support.RoutePolicySupport;

/**
 * A route as it was accepted at one time: one running instance of it. Counts what it works, so that it is known when
 * nothing is left on a route that was replaced, and tells each exchange which revision it ran on. Thread-safe.
 */
final class RouteRevision extends RoutePolicySupport {
    private final RouteText text;
    private final Instant since = Instant.now();
    private final String property;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final LongAdder total = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private volatile String lastError;

    RouteRevision(RouteText text) {
        this.text = text;
        this.property = RouteRevisions.PROPERTY + text.id();
    }

    @Override
    public void onExchangeBegin(Route route, Exchange exchange) {
        inFlight.incrementAndGet();
        exchange.setProperty(property, text.revision());
    }

    @Override
    public void onExchangeDone(Route route, Exchange exchange) {
        total.increment();
        Exception failure = exchange.getException();
        if (failure != null) {
            failed.increment();
            lastError = failure.toString();
        }
        inFlight.decrementAndGet();
    }

    RouteText text() {
        return text;
    }

    Instant since() {
        return since;
    }

    int inFlight() {
        return inFlight.get();
    }

    long total() {
        return total.sum();
    }

    long failed() {
        return failed.sum();
    }

    /** The latest failure of an exchange, or null. */
    String lastError() {
        return lastError;
    }
}
