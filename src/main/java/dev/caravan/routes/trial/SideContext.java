package dev.caravan.routes.trial;

import dev.caravan.component.BodyText;
import dev.caravan.routes.check.RouteCheck;
import dev.caravan.routes.check.RouteLoader;
import dev.caravan.routes.files.RouteFile;
import dev.caravan.routes.guard.AllowedClasses;
import dev.caravan.routes.guard.ClassGuard;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.camel.CamelContext;
import org.apache.camel.ErrorHandlerFactory;
import org.apache.camel.Exchange;
import org.apache.camel.ExtendedCamelContext;
import org.apache.camel.Route;
import org.apache.camel.StartupSummaryLevel;
import org.apache.camel.component.properties.PropertiesComponent;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.impl.debugger.DefaultDebugger;
import org.apache.camel.impl.engine.DefaultInflightRepository;
import org.apache.camel.impl.engine.DefaultShutdownStrategy;
import org.apache.camel.model.EnrichDefinition;
import org.apache.camel.model.Model;
import org.apache.camel.model.ProcessorDefinition;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.model.RouteConfigurationDefinition;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.ToDynamicDefinition;
import org.apache.camel.model.errorhandler.DefaultErrorHandlerDefinition;
import org.apache.camel.spi.BeanProcessorFactory;
import org.apache.camel.spi.CamelLogger;
import org.apache.camel.spi.ComponentResolver;
import org.apache.camel.spi.LanguageResolver;
import org.apache.camel.spi.PropertiesSource;
import org.apache.camel.spi.RouteStartupOrder;
import org.apache.camel.support.DefaultRegistry;
import org.apache.camel.support.PluginHelper;
import org.slf4j.helpers.NOPLogger;
import org.springframework.context.ApplicationContext;
import org.springframework.core.NestedExceptionUtils;

/**
 * A Camel context for one trial, beside the one that runs. It has the policies and the settings of that one, and no way to
 * it or to anything else: {@link TriedComponents}, {@link TriedBeans} and {@link TriedLanguages} are all that its routes can
 * name. No consumer in it gets anything.
 */
final class SideContext {
    /** How long what a route has set off may go on after its end, such as a wire tap. */
    private static final long MAX_AFTER_MILLIS = 1000;

    private static final long POLL_MILLIS = 5;
    private static final String DIRECT = "direct:";

    private final CamelContext running;
    private final ApplicationContext application;
    private final AllowedClasses allowed;
    private final TrialSettings settings;

    SideContext(CamelContext running, ApplicationContext application, AllowedClasses allowed, TrialSettings settings) {
        this.running = running;
        this.application = application;
        this.allowed = allowed;
        this.settings = settings;
    }

    /** Returns when no thread of the trial is left, however long that takes; the recording ends before. */
    void run(RouteFile file, TrialRequest request, Recording recording) {
        TrialThreads threads = new TrialThreads();
        Set<String> starts = new HashSet<>();
        try (DefaultCamelContext context = newContext(starts, request, recording, threads)) {
            List<RouteDefinition> routes = RouteLoader.read(context, file.name(), file.text());
            for (RouteDefinition route : routes) {
                start(context, route).ifPresent(starts::add);
                route.setPrecondition(null); // a route of another node's role is tried, too
                route.setAutoStartup(null);
                route.setRoutePolicyRef(null);
                resolveWhole(route.getOutputs());
                if (route.getRouteConfigurationId() == null) {
                    route.errorHandler(camelsOwn());
                }
            }
            context.start();
            model(context).addRouteDefinitions(routes);
            String first = file.routes().get(0).id();
            send(context.getRoute(request.route() == null ? first : request.route()), request, recording, threads);
        } catch (Throwable e) { // a StackOverflowError too
            recording.failed(NestedExceptionUtils.getMostSpecificCause(e));
        } finally {
            threads.awaitEnd();
        }
    }

    private void send(Route route, TrialRequest request, Recording recording, TrialThreads threads) throws Exception {
        if (route == null) {
            throw new IllegalArgumentException("the file has no route of the id " + request.route());
        }
        Exchange exchange = route.getEndpoint().createExchange();
        exchange.getMessage().setBody(request.body());
        request.headers().forEach(exchange.getMessage()::setHeader);
        recording.begin();
        route.getConsumer().getProcessor().process(exchange);
        awaitRest(route.getCamelContext(), threads);
        if (exchange.getException() != null) {
            recording.failed(exchange.getException());
        } else {
            Object body = exchange.getMessage().getBody();
            recording.ended(body == null ? null : new BodyText(route.getCamelContext()).text(body));
        }
    }

    /** Twice, since a task is between its queue and its thread for a moment. */
    private static void awaitRest(CamelContext context, TrialThreads threads) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MAX_AFTER_MILLIS);
        int idle = 0;
        while (threads.isUsed() && idle < 2 && System.nanoTime() < end) {
            idle = threads.isIdle() && context.getInflightRepository().size() == 0 ? idle + 1 : 0;
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    /** The name of the {@code direct:} at which a route starts, if it does. */
    private static Optional<String> start(CamelContext context, RouteDefinition route) {
        String uri = context.resolvePropertyPlaceholders(route.getInput().getEndpointUri())
                .replace("://", ":");
        return uri.startsWith(DIRECT)
                ? Optional.of(uri.substring(DIRECT.length()).split("\\?", 2)[0])
                : Optional.empty();
    }

    private DefaultCamelContext newContext(
            Set<String> starts, TrialRequest request, Recording recording, TrialThreads threads) {
        Outside outside = new Outside(request, recording);
        TriedBeans beans = new TriedBeans(
                application, settings.beans(), outside, new TrialLog(recording), new TriedJq(recording)::scope);
        DefaultCamelContext context = new DefaultCamelContext(new DefaultRegistry(beans));
        context.disableJMX();
        context.setStartupSummaryLevel(StartupSummaryLevel.Off);
        context.setDebugger(new DefaultDebugger());
        context.setShutdownStrategy(new AtOnce());
        context.setInflightRepository(new InFlight());
        context.setApplicationContextClassLoader(running.getApplicationContextClassLoader());
        context.setStreamCaching(running.isStreamCaching());
        context.setSourceLocationEnabled(true);
        context.setAutowiredEnabled(false); // a stub has the name of a component, and none of its options
        context.getExecutorServiceManager().setThreadPoolFactory(threads);
        context.getPropertiesComponent().addPropertiesSource(new Settings(name -> running.getPropertiesComponent()
                .resolveProperty(name)));
        RouteCheck.addFunctions(context, application);
        ClassGuard.install(context, allowed);
        Secrets.guard((PropertiesComponent) context.getPropertiesComponent());
        ExtendedCamelContext extension = context.getCamelContextExtension();
        extension.addContextPlugin(ComponentResolver.class, new TriedComponents(starts, beans, outside));
        extension.addContextPlugin(
                LanguageResolver.class,
                new TriedLanguages(extension.getContextPlugin(LanguageResolver.class), beans, outside));
        extension.addInterceptStrategy(recording);
        context.init();
        extension.addContextPlugin(
                BeanProcessorFactory.class, beans.factory(PluginHelper.getBeanProcessorFactory(extension)));
        model(context)
                .addRouteConfigurations(model(running).getRouteConfigurationDefinitions().stream()
                        .map(SideContext::copy)
                        .toList());
        return context;
    }

    /** Camel changes the steps of a policy when it makes a route with it, and the ones of the running context are in use. */
    private static RouteConfigurationDefinition copy(RouteConfigurationDefinition policy) {
        RouteConfigurationDefinition copy = new RouteConfigurationDefinition();
        copy.setId(policy.getId());
        copy.setErrorHandler(policy.getErrorHandler());
        policy.getOnExceptions().forEach(each -> copy.getOnExceptions().add(each.copyDefinition()));
        policy.getOnCompletions().forEach(each -> copy.getOnCompletions().add(each.copyDefinition()));
        copy.getOnExceptions().forEach(each -> resolveWhole(each.getOutputs()));
        copy.getOnCompletions().forEach(each -> resolveWhole(each.getOutputs()));
        return copy;
    }

    /** A component's own way to send to an endpoint that is made for a message would leave a part of it out. */
    private static void resolveWhole(List<ProcessorDefinition<?>> steps) {
        ProcessorDefinitionHelper.filterTypeInOutputs(steps, ToDynamicDefinition.class)
                .forEach(step -> step.setAllowOptimisedComponents("false"));
        ProcessorDefinitionHelper.filterTypeInOutputs(steps, EnrichDefinition.class)
                .forEach(step -> step.setAllowOptimisedComponents("false"));
    }

    /** What fails in a trial is in its result, not in the log of the node. */
    private static ErrorHandlerFactory camelsOwn() {
        DefaultErrorHandlerDefinition handler = new DefaultErrorHandlerDefinition();
        handler.setLoggerBean(new CamelLogger(NOPLogger.NOP_LOGGER));
        return handler;
    }

    private static Model model(CamelContext context) {
        return context.getCamelContextExtension().getContextPlugin(Model.class);
    }

    /** There is nothing to wait for: no consumer has anything, and the one message has gone its way. */
    private static final class AtOnce extends DefaultShutdownStrategy {
        @Override
        protected boolean doShutdown(
                CamelContext context,
                List<RouteStartupOrder> routes,
                long timeout,
                TimeUnit unit,
                boolean suspendOnly,
                boolean abortAfterTimeout,
                boolean forceShutdown) {
            shutdownRoutesNow(routes);
            return true;
        }
    }

    /** Of a trial that was interrupted something may be left, which is nothing for the log of the node. */
    private static final class InFlight extends DefaultInflightRepository {
        @Override
        protected void doStop() {
            // nothing to warn of
        }
    }

    /** Settings as the running context has them, but for secrets. Nothing leads from here to that context. */
    private static final class Settings implements PropertiesSource {
        private final Function<String, Optional<String>> running;

        Settings(Function<String, Optional<String>> running) {
            this.running = running;
        }

        @Override
        public String getName() {
            return "running";
        }

        @Override
        public String getProperty(String name) {
            return running.apply(name).map(value -> Secrets.hidden(name, value)).orElse(null);
        }
    }
}
