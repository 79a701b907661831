package dev.caravan.job.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.caravan.job.LogLine;
import dev.caravan.job.store.JobLogReads.Page;
import java.time.Instant;

/** The JSON of the log of a job. No state. */
final class JobLogJson {
    private JobLogJson() {}

    /** A page; with {@code next} if more lines may follow. */
    static String page(Page page, int full) {
        JsonObject json = new JsonObject();
        JsonArray lines = new JsonArray();
        long last = page.after();
        for (LogLine line : page.lines()) {
            lines.add(json(line, last));
            last = line.number();
        }
        json.add("lines", lines);
        if (page.lines().size() == full) {
            json.addProperty("next", last);
        }
        return json.toString();
    }

    /** @param before the number of the line before it, or 0 */
    static JsonObject json(LogLine line, long before) {
        JsonObject json = new JsonObject();
        json.addProperty("number", line.number());
        json.addProperty("at", Instant.ofEpochMilli(line.at()).toString());
        json.addProperty("level", line.level());
        json.addProperty("attempt", line.attempt());
        json.addProperty("text", line.text());
        long skipped = line.number() - before - 1;
        if (skipped > 0) {
            json.addProperty("skipped", skipped);
        }
        return json;
    }
}
