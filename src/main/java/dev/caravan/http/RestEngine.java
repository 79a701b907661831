package dev.caravan.http;

import dev.caravan.component.DaemonThreads;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.apache.camel.Processor;
import org.apache.camel.component.platform.http.PlatformHttpEndpoint;
import org.apache.camel.component.platform.http.spi.PlatformHttpConsumer;
import org.apache.camel.component.platform.http.spi.PlatformHttpEngine;
import org.springframework.beans.factory.DisposableBean;
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

    private final HttpSettings settings;
    private final int port;
    private final RequestHeaders requestHeaders;
    private final RouteResponse routeResponse;
    private final EventStreams streams;
    private final ScheduledThreadPoolExecutor clock;
    private final BufferedBytes arriving;

    RestEngine(HttpSettings settings, EventStreams streams, Environment environment) {
        this.settings = settings;
        this.streams = streams;
        this.arriving = new BufferedBytes(settings.maxBuffered().toBytes());
        this.port = environment.getProperty("server.port", Integer.class, 8080);
        this.requestHeaders = new RequestHeaders(settings.headers());
        this.routeResponse = new RouteResponse(settings.headers());
        this.clock = new ScheduledThreadPoolExecutor(1, new DaemonThreads("caravan-http"));
        clock.setRemoveOnCancelPolicy(true);
    }

    @Override
    public PlatformHttpConsumer createConsumer(PlatformHttpEndpoint endpoint, Processor processor) {
        return new RestConsumer(endpoint, processor, this);
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

    HttpSettings settings() {
        return settings;
    }

    RequestHeaders requestHeaders() {
        return requestHeaders;
    }

    RouteResponse routeResponse() {
        return routeResponse;
    }

    EventStreams streams() {
        return streams;
    }

    BufferedBytes arriving() {
        return arriving;
    }

    ScheduledExecutorService clock() {
        return clock;
    }
}
