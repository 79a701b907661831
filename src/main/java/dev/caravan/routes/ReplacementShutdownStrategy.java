package dev.caravan.routes;

import java.util.List;
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
    private final ThreadLocal<Boolean> replacing = new ThreadLocal<>();

    ReplacementShutdownStrategy(CamelContext context) {
        super(context);
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

    /** Runs something that stops routes, without waiting for their exchanges. */
    void whileReplacing(Replacement replacement) throws Exception {
        replacing.set(true);
        try {
            replacement.run();
        } finally {
            replacing.remove();
        }
    }

    @Override
    public void shutdown(CamelContext context, List<RouteStartupOrder> routes, long timeout, TimeUnit unit)
            throws Exception {
        if (replacing.get() == null) {
            super.shutdown(context, routes, timeout, unit);
        }
    }
}
