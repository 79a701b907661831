package dev.caravan.component.websocket;

/** Properties of the exchange that control a producer: unlike headers, they never come from a client. */
public final class WebSocketProperties {
    /** The receiver, a String. The exchange of an event has it, so a reply goes to the sender. */
    public static final String CONNECTION_KEY = "websocket.connectionKey";

    /** The receivers, a collection of Strings; takes precedence over the one key. */
    public static final String CONNECTION_KEYS = "websocket.connectionKeys";

    /** Whether to send to all connections of the path, a Boolean; takes precedence over both. */
    public static final String SEND_TO_ALL = "websocket.sendToAll";

    /** Whether ByteBuffers are binary messages, a Boolean; they are text by default. */
    public static final String BINARY = "websocket.binary";

    /**
     * Marks connections as identified before the message is sent, a Boolean: the option maxAnonymousMessageSize no
     * longer applies to them. Ignored if the body is a map.
     */
    public static final String KNOWN = "websocket.known";

    /** Closes the connections after the message, with this code, an Integer; without a body it only closes. */
    public static final String CLOSE = "websocket.close";

    /** The reason that goes with the code, a String. */
    public static final String CLOSE_REASON = "websocket.closeReason";

    private WebSocketProperties() {}
}
