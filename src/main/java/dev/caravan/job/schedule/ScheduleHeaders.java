package dev.caravan.job.schedule;

import org.apache.camel.spi.Metadata;

/** The headers of a firing in a route. There are no others. */
public final class ScheduleHeaders {
    @Metadata(description = "The name of the schedule", javaType = "String")
    public static final String NAME = "scheduleName";

    @Metadata(
            description = "When it fires, such as 2026-11-25T02:00:00Z: its time, not the time of now",
            javaType = "String")
    public static final String TIME = "scheduledTime";

    private ScheduleHeaders() {}
}
