package dev.caravan.routes;

import dev.caravan.component.RouteRevisions;
import dev.caravan.routes.files.RouteFile;
import dev.caravan.routes.files.RouteText;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.apache.camel.Exchange;
import org.apache.camel.Route;
import org.apache.camel.support.RoutePolicySupport;

/**
 * One accepted revision of a route, as it runs. It counts its exchanges, so that a replaced route is known to be idle, and
 * marks each exchange with the revision that it ran on. Thread-safe.
 */
public final class RouteRevision extends RoutePolicySupport {
    private final RouteFile file;
    private final RouteText text;
    private final Instant since = Instant.now();
    private final String property;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final LongAdder total = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private volatile String lastError;

    RouteRevision(RouteFile file, RouteText text) {
        this.file = file;
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

    /** The file in which it stood when it was accepted. */
    public RouteFile file() {
        return file;
    }

    public RouteText text() {
        return text;
    }

    public Instant since() {
        return since;
    }

    public int inFlight() {
        return inFlight.get();
    }

    public long total() {
        return total.sum();
    }

    public long failed() {
        return failed.sum();
    }

    /** The latest failure of an exchange, or null. */
    public String lastError() {
        return lastError;
    }
}
