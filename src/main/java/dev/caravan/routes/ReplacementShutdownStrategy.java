package dev.caravan.routes;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.impl.engine.DefaultShutdownStrategy;
import org.apache.camel.spi.RouteStartupOrder;
import org.apache.camel.spi.ShutdownStrategy;

/**
 * Camel's graceful shutdown, except for a route that is being replaced: {@link RouteDrain} lets that one end beside its
 * successor, so nothing waits for it here.
 */
final class ReplacementShutdownStrategy extends DefaultShutdownStrategy {
    /** Ids of routes. */
    private final Set<String> replacing = ConcurrentHashMap.newKeySet();

    private final Runnable graceIsOver;

    /** @param graceIsOver runs when the context stops and its routes have not ended in time, before they are cut off */
    ReplacementShutdownStrategy(CamelContext context, Runnable graceIsOver) {
        super(context);
        this.graceIsOver = graceIsOver;
        ShutdownStrategy configured = context.getShutdownStrategy();
        setTimeout(configured.getTimeout());
        setTimeUnit(configured.getTimeUnit());
        setShutdownNowOnTimeout(configured.isShutdownNowOnTimeout());
        setShutdownRoutesInReverseOrder(configured.isShutdownRoutesInReverseOrder());
        setSuppressLoggingOnTimeout(configured.isSuppressLoggingOnTimeout());
        setLogInflightExchangesOnTimeout(configured.isLogInflightExchangesOnTimeout());
    }

    @FunctionalInterface
    interface Replacement {
        void run() throws Exception;
    }

    /** Runs something that stops a route, without waiting for the exchanges of that route. */
    void withoutWaiting(String routeId, Replacement replacement) throws Exception {
        replacing.add(routeId);
        try {
            replacement.run();
        } finally {
            replacing.remove(routeId);
        }
    }

    @Override
    public void shutdown(CamelContext context, List<RouteStartupOrder> routes, long timeout, TimeUnit unit)
            throws Exception {
        boolean replaced = routes.stream()
                .allMatch(started -> replacing.contains(started.getRoute().getRouteId()));
        if (!replaced) {
            super.shutdown(context, routes, timeout, unit);
        }
    }

    /** Camel calls this when the time is up. */
    @Override
    protected void shutdownRoutesNow(List<RouteStartupOrder> routes) {
        if (getCamelContext().isStopping()) {
            graceIsOver.run();
        }
        super.shutdownRoutesNow(routes);
    }
}
