package dev.caravan.routes;

import dev.caravan.component.DaemonThreads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.camel.CamelContext;
import org.apache.camel.Channel;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Route;
import org.apache.camel.Service;
import org.apache.camel.Suspendable;
import org.apache.camel.component.direct.DirectEndpoint;
import org.apache.camel.component.springrabbit.SpringRabbitMQEndpoint;
import org.apache.camel.model.Model;
import org.apache.camel.model.OnExceptionDefinition;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.spi.LifecycleStrategy;
import org.apache.camel.support.service.ServiceHelper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes routes from the Camel context and lets their exchanges end. Camel's own way stops every step of a route, and waits
 * for its exchanges or cuts them off; here a route gives up its consumer, its id and its endpoint at once, so that its
 * successor can take them, while its steps stay alive until its last exchange is done.
 */
final class RouteDrain implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RouteDrain.class);
    /** How long a consumer may take to stop before its successor is started beside it. */
    private static final long HANDOVER_MILLIS = 250;
    /**
     * The same where the consumer stops at once, if a processor is free: {@code direct:}, where a second one is refused, and
     * {@code spring-rabbitmq:}, which hands its messages to its successor.
     */
    private static final long ALONE_MILLIS = 10_000;
    /** Between finding a consumer and beginning with the route an exchange is not counted yet. */
    private static final long LEAST_DRAIN_MILLIS = 1000;

    private static final long CHECK_MILLIS = 100;

    private final CamelContext context;
    private final ReplacementShutdownStrategy shutdown;
    private final Duration longest;
    private final ExecutorService stopping = new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            CHECK_MILLIS,
            TimeUnit.MILLISECONDS,
            new SynchronousQueue<>(),
            new DaemonThreads("caravan-drain"));
    private final ScheduledExecutorService clock =
            Executors.newSingleThreadScheduledExecutor(new DaemonThreads("caravan-drain-clock"));

    RouteDrain(CamelContext context, ReplacementShutdownStrategy shutdown, Duration longest) {
        this.context = context;
        this.shutdown = shutdown;
        this.longest = longest;
    }

    /**
     * Removes a route. When this returns, its id and, if it could be had within a moment, its endpoint are free.
     *
     * @param revision what counts its exchanges; null if it never started
     */
    void detach(String id, RouteRevision revision) throws Exception {
        Model model = context.getCamelContextExtension().getContextPlugin(Model.class);
        RouteDefinition definition = model.getRouteDefinition(id);
        Route route = context.getRoute(id);
        if (route != null && definition != null) {
            List<Service> steps = takeSteps(route, definition);
            CompletableFuture<Void> stopped = CompletableFuture.runAsync(() -> suspendConsumer(route, steps), stopping);
            await(stopped, id, stopsAtOnce(route) ? ALONE_MILLIS : HANDOVER_MILLIS);
            steps.add(0, route.getConsumer());
            drain(id, revision, stopped, steps, System.nanoTime(), false);
        }
        if (definition != null) {
            shutdown.withoutWaiting(id, () -> model.removeRouteDefinition(definition));
        }
    }

    private static boolean stopsAtOnce(Route route) {
        return route.getEndpoint() instanceof DirectEndpoint || route.getEndpoint() instanceof SpringRabbitMQEndpoint;
    }

    /** A consumer that is stopped stops the steps behind it as well; one that is suspended leaves them alone. */
    private static void suspendConsumer(Route route, List<Service> steps) {
        if (route.getConsumer() instanceof Suspendable) {
            ServiceHelper.suspendService(route.getConsumer());
        } else {
            ServiceHelper.stopService(route.getConsumer());
            ServiceHelper.startService(steps);
        }
    }

    private static void await(CompletableFuture<Void> stopped, String id, long millis) throws InterruptedException {
        try {
            stopped.get(millis, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.debug("The consumer of route {} is still busy", id);
        } catch (ExecutionException e) {
            LOG.warn("The consumer of route {} failed to stop", id, e.getCause());
        }
    }

    /** The services of a route, out of the hands of Camel, which stops what it finds there. */
    private List<Service> takeSteps(Route route, RouteDefinition definition) {
        Set<Service> steps = new LinkedHashSet<>();
        for (Service service : List.copyOf(route.getServices())) {
            steps.addAll(ServiceHelper.getChildServices(service));
        }
        for (OnExceptionDefinition policy :
                ProcessorDefinitionHelper.filterTypeInOutputs(definition.getOutputs(), OnExceptionDefinition.class)) {
            Processor processor = route.getOnException(policy.getId());
            if (processor instanceof Service service) {
                steps.addAll(ServiceHelper.getChildServices(service));
                route.setOnException(policy.getId(), new Kept(processor));
            }
        }
        for (Service step : List.copyOf(steps)) {
            if (step instanceof Channel channel && channel.getErrorHandler() instanceof Service errorHandler) {
                steps.add(errorHandler);
            }
        }
        steps.remove(route.getConsumer());
        route.getServices().clear();
        for (LifecycleStrategy strategy : context.getLifecycleStrategies()) {
            steps.forEach(step -> strategy.onServiceRemove(context, step, route, true)); // out of JMX, too
            strategy.onServiceRemove(context, route.getConsumer(), route, true);
            route.getRoutePolicyList().stream()
                    .filter(Service.class::isInstance)
                    .forEach(policy -> strategy.onServiceRemove(context, (Service) policy, route, true));
        }
        return new ArrayList<>(steps);
    }

    /** What an exchange on the old route still needs when it fails; no service, so that nobody stops it. */
    private record Kept(Processor processor) implements Processor {
        @Override
        public void process(Exchange exchange) throws Exception {
            processor.process(exchange);
        }
    }

    /** Checks until no exchange is left on the route. When the time is up, its steps stop, so that the exchanges left fail. */
    private void drain(
            String id,
            RouteRevision revision,
            CompletableFuture<Void> stopped,
            List<Service> steps,
            long begin,
            boolean cut) {
        clock.schedule(
                () -> {
                    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
                    int inFlight = revision == null ? 0 : revision.inFlight();
                    if (inFlight == 0 && (cut || stopped.isDone()) && millis >= LEAST_DRAIN_MILLIS) {
                        stopping.execute(() -> ServiceHelper.stopAndShutdownServices(steps));
                        return;
                    }
                    boolean over = millis > longest.toMillis() + LEAST_DRAIN_MILLIS;
                    if (over && !cut) {
                        LOG.warn(
                                "Route {}: the drain time is over; {} exchanges on its old revision are cut off",
                                id,
                                inFlight);
                        // Not shut down: a step that waits on a pool of its own would never come back to fail.
                        stopping.execute(() -> ServiceHelper.stopService(steps));
                    }
                    drain(id, revision, stopped, steps, begin, cut || over);
                },
                CHECK_MILLIS,
                TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        clock.shutdownNow();
        stopping.shutdown();
    }
}
