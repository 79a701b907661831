package dev.caravan.routes;

import dev.caravan.component.RouteRevisions;
import dev.caravan.routes.figures.RouteFigures;
import dev.caravan.routes.figures.RouteRun;
import dev.caravan.routes.figures.StepFailures;
import dev.caravan.routes.files.RouteFile;
import dev.caravan.routes.files.RouteText;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
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
    private final RouteFigures figures;
    private final Instant since = Instant.now();
    private final String property;
    private final AtomicInteger inFlight = new AtomicInteger();

    /** @param figures where its exchanges are counted */
    RouteRevision(RouteFile file, RouteText text, RouteFigures figures) {
        this.file = file;
        this.text = text;
        this.figures = figures;
        this.property = RouteRevisions.PROPERTY + text.id();
    }

    @Override
    public void onInit(Route route) {
        super.onInit(route);
        StepFailures.watch(route, file, property);
    }

    @Override
    public void onExchangeBegin(Route route, Exchange exchange) {
        inFlight.incrementAndGet();
        RouteRun.begin(exchange, property, text.revision());
    }

    @Override
    public void onExchangeDone(Route route, Exchange exchange) {
        try {
            RouteRun.end(exchange, property, figures);
        } finally {
            inFlight.decrementAndGet();
        }
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

    public RouteFigures figures() {
        return figures;
    }
}
