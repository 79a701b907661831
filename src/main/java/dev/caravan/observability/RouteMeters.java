package dev.caravan.observability;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.api.management.ManagedCamelContext;
import org.apache.camel.api.management.mbean.ManagedRouteMBean;
import org.apache.camel.impl.event.RouteAddedEvent;
import org.apache.camel.impl.event.RouteRemovedEvent;
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.spring.boot.CamelContextConfiguration;
import org.apache.camel.support.EventNotifierSupport;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/**
 * Exchanges, failures and time of each route. A scrape reads what Camel counts for JMX anyway, so that an exchange costs
 * nothing more. A route that is edited starts at 0 again, as a counter may.
 */
@Component
class RouteMeters implements CamelContextConfiguration {
    /** Resolved late: a meter may need the very context that this is made for. */
    private final ObjectProvider<MeterRegistry> registry;

    private final Map<String, List<Meter>> meters = new ConcurrentHashMap<>();

    RouteMeters(ObjectProvider<MeterRegistry> registry) {
        this.registry = registry;
    }

    @Override
    public void beforeApplicationStart(CamelContext context) {
        context.getManagementStrategy().addEventNotifier(new Changes());
    }

    @Override
    public void afterApplicationStart(CamelContext context) {}

    private final class Changes extends EventNotifierSupport {
        /** Camel makes no event of an exchange if nobody wants one. */
        Changes() {
            setIgnoreExchangeEvents(true);
            setIgnoreStepEvents(true);
        }

        @Override
        public boolean isEnabled(CamelEvent event) {
            return event instanceof CamelEvent.RouteEvent;
        }

        @Override
        public void notify(CamelEvent event) {
            if (event instanceof RouteAddedEvent added) {
                meters.computeIfAbsent(
                        added.getRoute().getRouteId(),
                        id -> register(id, added.getRoute().getCamelContext()));
            } else if (event instanceof RouteRemovedEvent removed) {
                String id = removed.getRoute().getRouteId();
                if (removed.getRoute().getCamelContext().getRoute(id) == null) { // not one whose successor is there
                    List<Meter> gone = meters.remove(id);
                    if (gone != null) {
                        gone.forEach(registry.getObject()::remove);
                    }
                }
            }
        }
    }

    private List<Meter> register(String id, CamelContext context) {
        ManagedCamelContext managed = context.getCamelContextExtension().getContextPlugin(ManagedCamelContext.class);
        if (managed == null) {
            return List.of();
        }
        FunctionTimer time = FunctionTimer.builder(
                        "caravan.route.exchanges",
                        managed,
                        all -> number(all, id, ManagedRouteMBean::getExchangesTotal),
                        all -> number(all, id, ManagedRouteMBean::getTotalProcessingTime),
                        TimeUnit.MILLISECONDS)
                .tag("route", id)
                .description("Exchanges that a route processed, and the time they took")
                .register(registry.getObject());
        FunctionCounter failed = FunctionCounter.builder(
                        "caravan.route.failures",
                        managed,
                        all -> number(all, id, ManagedRouteMBean::getExchangesFailed))
                .tag("route", id)
                .description("Exchanges that failed on a route")
                .register(registry.getObject());
        return List.of(time, failed);
    }

    private interface Attribute {
        long of(ManagedRouteMBean route) throws Exception;
    }

    private static long number(ManagedCamelContext managed, String id, Attribute attribute) {
        try {
            ManagedRouteMBean route = managed.getManagedRoute(id);
            return route == null ? 0 : attribute.of(route);
        } catch (Exception e) {
            return 0; // it is being replaced
        }
    }
}
