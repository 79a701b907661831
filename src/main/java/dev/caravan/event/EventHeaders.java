package dev.caravan.event;

import org.apache.camel.spi.Metadata;

/** The headers of an event in a route. There are no others. */
public final class EventHeaders {
    @Metadata(description = "The id of the event, the same on every node", javaType = "String")
    public static final String ID = "eventId";

    @Metadata(description = "The key of the event, if it has one", javaType = "String")
    public static final String KEY = "eventKey";

    @Metadata(description = "When it was published, such as 2026-11-25T04:49:41Z", javaType = "String")
    public static final String TIME = "eventTime";

    private EventHeaders() {}
}
