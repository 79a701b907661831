package dev.caravan.component.websocket;

import org.apache.camel.spi.Metadata;

/** The headers of an event's exchange. The component reads no headers and writes no others. */
public final class WebSocketHeaders {
    @Metadata(
            label = "consumer",
            description = "What has happened",
            javaType = "String",
            enums = "open,message,close,error")
    public static final String EVENT = "websocket.event";

    @Metadata(
            label = "consumer",
            description = "The key of the connection, known to the server only",
            javaType = "String")
    public static final String CONNECTION_KEY = "websocket.connectionKey";

    @Metadata(
            label = "consumer",
            description = "The connection itself, to use in place of its key without a look-up; on the event open",
            javaType = "Object")
    public static final String CONNECTION = "websocket.connection";

    @Metadata(label = "consumer", description = "Address and port of the peer", javaType = "String")
    public static final String REMOTE_ADDRESS = "websocket.remoteAddress";

    @Metadata(label = "consumer", description = "What follows the path of the endpoint; empty", javaType = "String")
    public static final String RELATIVE_PATH = "websocket.relativePath";

    @Metadata(label = "consumer", description = "The sub-protocol that was agreed on, if any", javaType = "String")
    public static final String SUBPROTOCOL = "websocket.subprotocol";

    @Metadata(
            label = "consumer",
            description = "The user who opened the connection, if known; on the event open",
            javaType = "java.security.Principal")
    public static final String PRINCIPAL = "websocket.principal";

    @Metadata(label = "consumer", description = "Why it was closed; on the event close", javaType = "Integer")
    public static final String CLOSE_CODE = "websocket.closeCode";

    @Metadata(
            label = "consumer",
            description =
                    "The reason that the peer gave for the close, or why the peer was disconnected; on the event close",
            javaType = "String")
    public static final String CLOSE_REASON = "websocket.closeReason";

    private WebSocketHeaders() {}
}
