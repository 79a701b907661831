package dev.caravan.component.websocket;

import org.apache.camel.Category;
import org.apache.camel.Consumer;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.UriEndpoint;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriPath;
import org.apache.camel.support.DefaultEndpoint;

/**
 * WebSocket on the port of the application: consumes the events of connections, and sends messages to connections.
 *
 * <p>A connection keeps the options of the consumer that was running when it opened.
 */
@UriEndpoint(
        firstVersion = "0.1.0",
        scheme = "websocket-jetty",
        title = "WebSocket on Jetty",
        syntax = "websocket-jetty:path",
        category = {Category.HTTP, Category.MESSAGING},
        headersClass = WebSocketHeaders.class)
public final class WebSocketEndpoint extends DefaultEndpoint {
    private final WebSocketComponent component;

    /** Path of the connections on the port of the application, such as /ws/chat. */
    @UriPath
    @Metadata(required = true)
    private String path;

    /**
     * Supported sub-protocols, the preferred first, separated by commas; default none. A client that offers none is
     * accepted without one; a client that offers only others is rejected with 400.
     */
    @UriParam(label = "consumer")
    private String subprotocols = "";

    /**
     * Origins whose pages may connect besides the server's own, separated by commas, or an asterisk for all; default
     * none. A client that sends no Origin is no browser and may connect.
     */
    @UriParam(label = "consumer,security")
    private String allowedOrigins = "";

    /** Largest text message taken, in bytes of UTF-8; default 64 KB. A larger one closes the connection with 1009. */
    @UriParam(defaultValue = "65536", label = "consumer")
    private long maxTextMessageSize = 65536;

    /** Largest binary message taken, in bytes; default 64 KB. A larger one closes the connection with 1009. */
    @UriParam(defaultValue = "65536", label = "consumer")
    private long maxBinaryMessageSize = 65536;

    /** Largest frame taken, in bytes; default 64 KB. A larger one closes the connection with 1009. */
    @UriParam(defaultValue = "65536", label = "consumer")
    private long maxFrameSize = 65536;

    /**
     * Largest message and frame taken from a connection until a route sets the property websocket.known for it, in
     * bytes; default 0: only the other limits apply. Nothing is read ahead until then.
     */
    @UriParam(defaultValue = "0", label = "consumer,security")
    private long maxAnonymousMessageSize;

    /**
     * Messages that may wait for a peer to read; default 1,000. A peer that is further behind is disconnected. A single
     * send to a peer for whom nothing waits may exceed this and maxQueuedBytes.
     */
    @UriParam(defaultValue = "1000", label = "consumer")
    private int maxQueuedFrames = 1000;

    /** Bytes that may wait for a peer to read; default 1 MB. A peer that is further behind is disconnected. */
    @UriParam(defaultValue = "1048576", label = "consumer")
    private long maxQueuedBytes = 1048576;

    /**
     * How long a write may wait for a peer to read, and a Close for its response, in milliseconds; default 10,000. Then
     * the peer is disconnected. A peer that is closed for what it sent has 2 s.
     */
    @UriParam(defaultValue = "10000", label = "consumer", javaType = "java.time.Duration")
    private long sendTimeout = 10000;

    /**
     * How long a connection may be silent in both directions, in milliseconds; default 300,000. Then it is closed with
     * 1001.
     */
    @UriParam(defaultValue = "300000", label = "consumer", javaType = "java.time.Duration")
    private long maxIdleTime = 300000;

    /**
     * How long a peer may be silent, in milliseconds, until it gets a PING; default 30,000. If it is silent for as long
     * again, it is disconnected. 0: no PING.
     */
    @UriParam(defaultValue = "30000", label = "consumer", javaType = "java.time.Duration")
    private long pingInterval = 30000;

    /**
     * Whether permessage-deflate is accepted; default false. It takes about 300 KB a connection, and compresses each
     * message for each peer.
     */
    @UriParam(defaultValue = "false", label = "consumer")
    private boolean deflate;

    /** Whether SockJS is served below the path, for clients without WebSocket; default true. */
    @UriParam(defaultValue = "true", label = "consumer")
    private boolean sockJs = true;

    /** Whether a producer sends to all connections of the path; default false. */
    @UriParam(defaultValue = "false", label = "producer")
    private boolean sendToAll;

    WebSocketEndpoint(String uri, WebSocketComponent component, String path) {
        super(uri, component);
        this.component = component;
        this.path = path;
    }

    public WebSocketComponent component() {
        return component;
    }

    @Override
    public Producer createProducer() {
        return new WebSocketProducer(this);
    }

    @Override
    public Consumer createConsumer(Processor processor) throws Exception {
        WebSocketConsumer consumer = new WebSocketConsumer(this, processor);
        configureConsumer(consumer);
        return consumer;
    }

    public String getPath() {
        return path;
    }

    public void setPath(String path) {
        this.path = path;
    }

    public String getSubprotocols() {
        return subprotocols;
    }

    public void setSubprotocols(String subprotocols) {
        this.subprotocols = subprotocols;
    }

    public String getAllowedOrigins() {
        return allowedOrigins;
    }

    public void setAllowedOrigins(String allowedOrigins) {
        this.allowedOrigins = allowedOrigins;
    }

    public long getMaxTextMessageSize() {
        return maxTextMessageSize;
    }

    public void setMaxTextMessageSize(long maxTextMessageSize) {
        this.maxTextMessageSize = maxTextMessageSize;
    }

    public long getMaxBinaryMessageSize() {
        return maxBinaryMessageSize;
    }

    public void setMaxBinaryMessageSize(long maxBinaryMessageSize) {
        this.maxBinaryMessageSize = maxBinaryMessageSize;
    }

    public long getMaxFrameSize() {
        return maxFrameSize;
    }

    public void setMaxFrameSize(long maxFrameSize) {
        this.maxFrameSize = maxFrameSize;
    }

    public long getMaxAnonymousMessageSize() {
        return maxAnonymousMessageSize;
    }

    public void setMaxAnonymousMessageSize(long maxAnonymousMessageSize) {
        this.maxAnonymousMessageSize = maxAnonymousMessageSize;
    }

    public int getMaxQueuedFrames() {
        return maxQueuedFrames;
    }

    public void setMaxQueuedFrames(int maxQueuedFrames) {
        this.maxQueuedFrames = maxQueuedFrames;
    }

    public long getMaxQueuedBytes() {
        return maxQueuedBytes;
    }

    public void setMaxQueuedBytes(long maxQueuedBytes) {
        this.maxQueuedBytes = maxQueuedBytes;
    }

    public long getSendTimeout() {
        return sendTimeout;
    }

    public void setSendTimeout(long sendTimeout) {
        this.sendTimeout = sendTimeout;
    }

    public long getMaxIdleTime() {
        return maxIdleTime;
    }

    public void setMaxIdleTime(long maxIdleTime) {
        this.maxIdleTime = maxIdleTime;
    }

    public long getPingInterval() {
        return pingInterval;
    }

    public void setPingInterval(long pingInterval) {
        this.pingInterval = pingInterval;
    }

    public boolean isDeflate() {
        return deflate;
    }

    public void setDeflate(boolean deflate) {
        this.deflate = deflate;
    }

    public boolean isSockJs() {
        return sockJs;
    }

    public void setSockJs(boolean sockJs) {
        this.sockJs = sockJs;
    }

    public boolean isSendToAll() {
        return sendToAll;
    }

    public void setSendToAll(boolean sendToAll) {
        this.sendToAll = sendToAll;
    }
}
