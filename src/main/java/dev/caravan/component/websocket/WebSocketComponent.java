package dev.caravan.component.websocket;

import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Endpoint;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.annotations.Component;
import org.apache.camel.support.DefaultComponent;

/**
 * The scheme {@code websocket-jetty}: {@code websocket-jetty:/ws/chat} consumes the events of all connections to that
 * path, and sends to them. Connections belong to the path and outlive a consumer that is replaced.
 */
@Component("websocket-jetty")
public final class WebSocketComponent extends DefaultComponent {
    /** Milliseconds between checks for what is due. */
    private static final long TICK = 500;

    private final WebSocketPaths paths;
    private final Executor executor;

    /** Connections of this node, on all paths; default 10,000. The next one is rejected with 503. */
    @Metadata(label = "consumer", defaultValue = "10000")
    private int maxConnections = 10000;

    /**
     * Connections from one address, including loopback; default 1,000. The next one is rejected with 429. Behind a
     * proxy all clients share its address, unless server.forward-headers-strategy is set.
     */
    @Metadata(label = "consumer", defaultValue = "1000")
    private int maxConnectionsPerAddress = 1000;

    /**
     * How long the connections of a path wait for another consumer when theirs has stopped, in milliseconds; default
     * 5,000. Then they are closed with 1001. Meanwhile nothing is read from them.
     */
    @Metadata(label = "consumer", defaultValue = "5000", javaType = "java.time.Duration")
    private long takeoverTimeout = 5000;

    /**
     * The most bytes of SockJS posts that this node keeps; default 16 MB. One address may have a quarter of it, small
     * posts aside. Further posts are rejected with 503.
     */
    @Metadata(label = "consumer", defaultValue = "16777216")
    private long maxPostedBytes = 16777216;

    /** How long a SockJS post may take to arrive, in milliseconds; default 20,000. Then the client gets 408. */
    @Metadata(label = "consumer", defaultValue = "20000", javaType = "java.time.Duration")
    private long postTimeout = 20000;

    private ScheduledExecutorService timer;

    /** @param executor starts the exchanges; each connection has at most one task in it */
    WebSocketComponent(WebSocketPaths paths, Executor executor) {
        this.paths = paths;
        this.executor = executor;
    }

    public int getMaxConnections() {
        return maxConnections;
    }

    public void setMaxConnections(int maxConnections) {
        this.maxConnections = maxConnections;
    }

    public int getMaxConnectionsPerAddress() {
        return maxConnectionsPerAddress;
    }

    public void setMaxConnectionsPerAddress(int maxConnectionsPerAddress) {
        this.maxConnectionsPerAddress = maxConnectionsPerAddress;
    }

    public long getTakeoverTimeout() {
        return takeoverTimeout;
    }

    public void setTakeoverTimeout(long takeoverTimeout) {
        this.takeoverTimeout = takeoverTimeout;
    }

    public long getMaxPostedBytes() {
        return maxPostedBytes;
    }

    public void setMaxPostedBytes(long maxPostedBytes) {
        this.maxPostedBytes = maxPostedBytes;
    }

    public long getPostTimeout() {
        return postTimeout;
    }

    public void setPostTimeout(long postTimeout) {
        this.postTimeout = postTimeout;
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) throws Exception {
        WebSocketEndpoint endpoint =
                new WebSocketEndpoint(uri, this, remaining.startsWith("/") ? remaining : "/" + remaining);
        setProperties(endpoint, parameters);
        return endpoint;
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        timer = getCamelContext().getExecutorServiceManager().newSingleThreadScheduledExecutor(this, "websocket-timer");
        timer.scheduleWithFixedDelay(paths::tick, TICK, TICK, TimeUnit.MILLISECONDS);
    }

    @Override
    protected void doStop() throws Exception {
        paths.close(this, "The server stops.");
        if (timer != null) {
            getCamelContext().getExecutorServiceManager().shutdownNow(timer);
        }
        super.doStop();
    }

    WebSocketPaths paths() {
        return paths;
    }

    void execute(Runnable connection) {
        executor.execute(connection);
    }

    void afterTakeover(Runnable end) {
        try {
            timer.schedule(end, takeoverTimeout, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // The server stops, and closes its connections itself.
        }
    }
}
