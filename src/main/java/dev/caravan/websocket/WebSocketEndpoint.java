package dev.caravan.websocket;

import org.apache.camel.Consumer;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.support.DefaultEndpoint;

/**
 * A path and its options. The options of the consumer that is there when a connection opens hold for the life of that
 * connection.
 */
public final class WebSocketEndpoint extends DefaultEndpoint {
    private final WebSocketComponent component;
    private final String path;

    private String subprotocols = "";
    private String allowedOrigins = "";
    private long maxTextMessageSize = 64 * 1024;
    private long maxBinaryMessageSize = 64 * 1024;
    private long maxFrameSize = 64 * 1024;
    private int maxQueuedFrames = 1_000;
    private long maxQueuedBytes = 1024 * 1024;
    private long sendTimeout = 10_000;
    private long maxIdleTime = 300_000;
    private boolean deflate = false;
    private boolean sendToAll = false;

    WebSocketEndpoint(String uri, WebSocketComponent component, String path) {
        super(uri, component);
        this.component = component;
        this.path = path;
    }

    @Override
    public Producer createProducer() {
        return new WebSocketProducer(this, component);
    }

    @Override
    public Consumer createConsumer(Processor processor) throws Exception {
        WebSocketConsumer consumer = new WebSocketConsumer(this, component, processor);
        configureConsumer(consumer);
        return consumer;
    }

    String path() {
        return path;
    }

    /**
     * Sub-protocols spoken, the preferred first, separated by commas; default none. A client that offers none is
     * accepted without one; a client that offers only others is refused with 400.
     */
    public void setSubprotocols(String subprotocols) {
        this.subprotocols = subprotocols;
    }

    public String getSubprotocols() {
        return subprotocols;
    }

    /**
     * Origins that may connect besides the server's own, separated by commas; {@code *} for all. Default none. A
     * client that names no Origin is no browser and may connect.
     */
    public void setAllowedOrigins(String allowedOrigins) {
        this.allowedOrigins = allowedOrigins;
    }

    public String getAllowedOrigins() {
        return allowedOrigins;
    }

    /**
     * Largest text message taken, in bytes of UTF-8; default 64 KB. A larger one closes the connection with 1009.
     */
    public void setMaxTextMessageSize(long maxTextMessageSize) {
        this.maxTextMessageSize = maxTextMessageSize;
    }

    public long getMaxTextMessageSize() {
        return maxTextMessageSize;
    }

    /**
     * Largest binary message taken, in bytes; default 64 KB. A larger one closes the connection with 1009.
     */
    public void setMaxBinaryMessageSize(long maxBinaryMessageSize) {
        this.maxBinaryMessageSize = maxBinaryMessageSize;
    }

    public long getMaxBinaryMessageSize() {
        return maxBinaryMessageSize;
    }

    /**
     * Largest frame handled in one piece, in bytes; default 64 KB. Larger ones are taken and sent in pieces.
     */
    public void setMaxFrameSize(long maxFrameSize) {
        this.maxFrameSize = maxFrameSize;
    }

    public long getMaxFrameSize() {
        return maxFrameSize;
    }

    /**
     * Messages that may wait for a peer to read; default 1,000. A peer that is further behind is cut.
     */
    public void setMaxQueuedFrames(int maxQueuedFrames) {
        this.maxQueuedFrames = maxQueuedFrames;
    }

    public int getMaxQueuedFrames() {
        return maxQueuedFrames;
    }

    /**
     * Bytes that may wait for a peer to read; default 1 MB. A peer that is further behind is cut.
     */
    public void setMaxQueuedBytes(long maxQueuedBytes) {
        this.maxQueuedBytes = maxQueuedBytes;
    }

    public long getMaxQueuedBytes() {
        return maxQueuedBytes;
    }

    /**
     * How long one write may wait for a peer to read, in milliseconds; default 10,000. Then the peer is cut.
     */
    public void setSendTimeout(long sendTimeout) {
        this.sendTimeout = sendTimeout;
    }

    public long getSendTimeout() {
        return sendTimeout;
    }

    /**
     * How long a connection may be silent in both directions, in milliseconds; default 300,000.
     */
    public void setMaxIdleTime(long maxIdleTime) {
        this.maxIdleTime = maxIdleTime;
    }

    public long getMaxIdleTime() {
        return maxIdleTime;
    }

    /**
     * Whether permessage-deflate is agreed to; default false. It costs memory and time for each connection.
     */
    public void setDeflate(boolean deflate) {
        this.deflate = deflate;
    }

    public boolean isDeflate() {
        return deflate;
    }

    /**
     * Whether a producer sends to all connections of the path; default false.
     */
    public void setSendToAll(boolean sendToAll) {
        this.sendToAll = sendToAll;
    }

    public boolean isSendToAll() {
        return sendToAll;
    }
}
