package dev.caravan.routes.figures;

import org.apache.camel.Exchange;

/**
 * An exchange on its way through a route. It stands in a property of the exchange, which copies of it have, too: what fails in a copy
 * is known here. Its text is the revision of the route.
 */
public final class RouteRun {
    private final String revision;
    /** The one of the same route that goes on after this one, if the route calls itself; else null. */
    private final RouteRun outer;

    private final long began = System.nanoTime();
    private volatile StepFailure failure;
    private volatile boolean isOver;

    private RouteRun(String revision, RouteRun outer) {
        this.revision = revision;
        this.outer = outer;
    }

    /** @param property of the route */
    public static void begin(Exchange exchange, String property, String revision) {
        RouteRun before = of(exchange, property);
        exchange.setProperty(property, new RouteRun(revision, before == null || before.isOver ? null : before));
    }

    /** Null if the exchange has not reached the route. */
    static RouteRun of(Exchange exchange, String property) {
        return exchange.getProperty(property) instanceof RouteRun run ? run : null;
    }

    /** Ends the one of an exchange, and counts it. */
    public static void end(Exchange exchange, String property, RouteFigures figures) {
        RouteRun run = of(exchange, property);
        if (run == null) {
            return;
        }
        run.isOver = true;
        if (run.outer != null) {
            exchange.setProperty(property, run.outer);
        }
        long nanos = System.nanoTime() - run.began;
        Exception failure = exchange.getException();
        if (failure == null) {
            figures.ended(nanos);
        } else {
            StepFailure step = run.failure;
            figures.failed(nanos, failure, step != null && step.causes(failure) ? step.place() : null);
        }
    }

    StepFailure failure() {
        return failure;
    }

    void failed(StepFailure step) {
        failure = step;
    }

    @Override
    public String toString() {
        return revision;
    }
}
