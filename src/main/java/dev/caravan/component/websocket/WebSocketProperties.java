package dev.caravan.component.websocket;

/** Properties of the exchange that say to a producer what it shall do: unlike headers, they never come from a client. */
public final class WebSocketProperties {
    /** To whom, a String. The exchange of an event has it: what is answered goes to who has asked. */
    public static final String CONNECTION_KEY = "websocket.connectionKey";

    /** To whom, a collection of Strings; goes before {@link #CONNECTION_KEY}. */
    public static final String CONNECTION_KEYS = "websocket.connectionKeys";

    /** Whether to all connections of the path, a Boolean; goes before both. */
    public static final String SEND_TO_ALL = "websocket.sendToAll";

    /** Whether ByteBuffers are binary messages, a Boolean; they are text by default. */
    public static final String BINARY = "websocket.binary";

    /**
     * Says of connections, before what is sent to them, that they are no strangers' any more, a Boolean: the option
     * maxStrangerMessageSize does not hold from now on. Not with a map as the body.
     */
    public static final String KNOWN = "websocket.known";

    /** Closes the connections after what was sent, with this code, an Integer. */
    public static final String CLOSE = "websocket.close";

    /** The reason that goes with {@link #CLOSE}, a String. */
    public static final String CLOSE_REASON = "websocket.closeReason";

    private WebSocketProperties() {}
}
