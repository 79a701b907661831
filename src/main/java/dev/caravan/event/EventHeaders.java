package dev.caravan.event;

import org.apache.camel.spi.Metadata;

/** What a subscriber gets beside the text of an event. There are no other headers. */
public final class EventHeaders {
    @Metadata(description = "What the event is known by, on every node", javaType = "String")
    public static final String ID = "eventId";

    @Metadata(description = "The key of the event, if it has one", javaType = "String")
    public static final String KEY = "eventKey";

    @Metadata(description = "When it was published, such as 2026-11-25T04:49:41Z", javaType = "String")
    public static final String TIME = "eventTime";

    private EventHeaders() {}
}
