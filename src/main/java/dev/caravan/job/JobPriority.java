package dev.caravan.job;

import java.util.Locale;

/** Which queue the first message of a job goes on. In the order in which workers take from them. */
public enum JobPriority {
    HIGH,
    /** On the worker queue, which other services may use. A hash does not name it. */
    NORMAL,
    LOW;

    /** As requests, files and hashes write it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The priority of this text; null if there is none. */
    static JobPriority named(String text) {
        for (JobPriority priority : values()) {
            if (priority.text().equals(text)) {
                return priority;
            }
        }
        return null;
    }

    /** The one that the field {@code priority} of a hash names; {@link #NORMAL} for anything else. */
    public static JobPriority of(String field) {
        JobPriority priority = named(field);
        return priority == null ? NORMAL : priority;
    }
}
