package dev.caravan.component.stomp;

import org.apache.camel.spi.Metadata;

/** The headers that a route gets beside the client's own. No client can set one of them, and none goes out. */
public final class StompHeaders {
    @Metadata(label = "consumer", description = "The destination, as the client named it", javaType = "String")
    public static final String DESTINATION = "CamelStompDestination";

    @Metadata(
            label = "consumer",
            description = "The login of the client; missing for an anonymous one",
            javaType = "String")
    public static final String USER = "CamelStompUser";

    private StompHeaders() {}
}
