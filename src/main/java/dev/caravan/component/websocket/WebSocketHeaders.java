package dev.caravan.component.websocket;

import org.apache.camel.spi.Metadata;

/** What the exchange of an event says of it. Of nothing else does the component read or write headers. */
public final class WebSocketHeaders {
    @Metadata(
            label = "consumer",
            description = "What has happened",
            javaType = "String",
            enums = "open,message,close,error")
    public static final String EVENT = "websocket.event";

    @Metadata(
            label = "consumer",
            description = "Names the connection, and nobody but the server knows it",
            javaType = "String")
    public static final String CONNECTION_KEY = "websocket.connectionKey";

    @Metadata(
            label = "consumer",
            description =
                    "Stands for the connection wherever its key can, and needs not be looked up; on the event open",
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
            description = "Who has opened the connection, if that is known; on the event open",
            javaType = "java.security.Principal")
    public static final String PRINCIPAL = "websocket.principal";

    @Metadata(label = "consumer", description = "Why it was closed; on the event close", javaType = "Integer")
    public static final String CLOSE_CODE = "websocket.closeCode";

    @Metadata(
            label = "consumer",
            description = "Why it was closed, in words of the peer, or why the peer was cut; on the event close",
            javaType = "String")
    public static final String CLOSE_REASON = "websocket.closeReason";

    private WebSocketHeaders() {}
}
