package dev.caravan.http;

import dev.caravan.component.DaemonThreads;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.apache.camel.Processor;
import org.apache.camel.component.platform.http.PlatformHttpEndpoint;
import org.apache.camel.component.platform.http.spi.PlatformHttpConsumer;
import org.apache.camel.component.platform.http.spi.PlatformHttpEngine;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/**
 * Serves the REST endpoints of routes through Spring MVC without blocking threads. Replaces Camel's own engine, which
 * yields to any other bean of its type.
 *
 * <p>Owns one thread, which runs the timeouts of slow bodies and slow routes.
 */
@Component("platform-http-engine")
@EnableConfigurationProperties(HttpSettings.class)
class RestEngine implements PlatformHttpEngine, DisposableBean {

    private final int port;
    private final ScheduledThreadPoolExecutor clock;
    private final RestConsumer.Shared shared;

    /** @param lines none: lines are not limited */
    RestEngine(
            HttpSettings settings,
            EventStreams streams,
            RestPaths paths,
            ObjectProvider<LineAccess> lines,
            Environment environment) {
        this.port = environment.getProperty("server.port", Integer.class, 8080);
        this.clock = new ScheduledThreadPoolExecutor(1, new DaemonThreads("caravan-http"));
        clock.setRemoveOnCancelPolicy(true);
        BufferedBytes arriving = new BufferedBytes(settings.maxBuffered().toBytes());
        this.shared = new RestConsumer.Shared(
                settings,
                clock,
                arriving,
                new StrangersBytes(arriving),
                new RequestHeaders(settings.headers()),
                new RouteResponse(settings.headers()),
                streams,
                paths,
                lines.getIfAvailable(() -> request -> new Anybody()));
    }

    private static final class Anybody implements LineAccess.Client {
        @Override
        public long admit() {
            return 0;
        }

        @Override
        public void record(String method, String path) {}
    }

    @Override
    public PlatformHttpConsumer createConsumer(PlatformHttpEndpoint endpoint, Processor processor) {
        return new RestConsumer(endpoint, processor, shared);
    }

    /** The configured port, 8080 if none is; 0 if the system chooses it. */
    @Override
    public int getServerPort() {
        return port;
    }

    @Override
    public void destroy() {
        clock.shutdownNow();
    }
}
