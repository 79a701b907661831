package dev.caravan.job.schedule;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.caravan.http.JsonBody;
import dev.caravan.job.JobState;
import dev.caravan.job.schedule.ScheduleStore.Entry;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The JSON of the REST contract of schedules. No state. */
final class ScheduleJson {
    /** How many firings and results one schedule is shown with. */
    static final int SHOWN = 10;

    private static final String PAYLOAD = "payload";
    private static final String PAUSED = "paused";

    private ScheduleJson() {}

    /**
     * What a client wants to have stored.
     *
     * @param payload JSON text, or null
     */
    record Wanted(Schedule schedule, String payload, boolean paused) {}

    /** @throws IllegalArgumentException the message says what is wrong */
    static Wanted read(String name, byte[] body) {
        String text = JsonBody.read(body);
        JsonElement json = text == null ? null : JsonParser.parseString(text);
        if (json == null || !json.isJsonObject()) {
            throw new IllegalArgumentException("The body is a JSON object with type, and cron or every.");
        }
        Map<String, String> options = new HashMap<>();
        String payload = null;
        boolean paused = false;
        for (Map.Entry<String, JsonElement> each : json.getAsJsonObject().entrySet()) {
            String option = each.getKey();
            JsonElement value = each.getValue();
            if (option.equals(PAYLOAD)) {
                payload = value.isJsonNull() ? null : value.toString();
            } else if (option.equals(PAUSED)) {
                paused = isTrue(value);
            } else if (!Schedule.OPTIONS.contains(option)) {
                throw new IllegalArgumentException("A schedule has no " + option + ".");
            } else if (!value.isJsonNull()) {
                options.put(option, text(option, value));
            }
        }
        return new Wanted(Schedule.of(name, options), payload, paused);
    }

    private static boolean isTrue(JsonElement value) {
        if (value.isJsonPrimitive() && value.getAsJsonPrimitive().isBoolean()) {
            return value.getAsBoolean();
        }
        throw new IllegalArgumentException("paused must be true or false.");
    }

    private static String text(String option, JsonElement value) {
        if (value.isJsonPrimitive() && value.getAsJsonPrimitive().isString()) {
            return value.getAsString();
        }
        throw new IllegalArgumentException(option + " must be a text.");
    }

    static String list(Map<Entry, Schedule> schedules, Map<String, JobState> states) {
        JsonArray all = new JsonArray();
        schedules.forEach((entry, schedule) -> all.add(one(entry, schedule, states)));
        JsonObject json = new JsonObject();
        json.add("schedules", all);
        return json.toString();
    }

    /** @param payload of one that is stored; null if it has none */
    static String whole(Entry entry, Schedule schedule, String payload, Map<String, JobState> states) {
        JsonObject json = one(entry, schedule, states);
        if (payload != null && !payload.isEmpty()) {
            json.add(PAYLOAD, JsonParser.parseString(payload));
        }
        JsonArray next = new JsonArray();
        long firing = entry.isPaused() ? FiringTimes.NEVER : entry.next();
        while (firing != FiringTimes.NEVER && next.size() < SHOWN) {
            next.add(time(firing));
            firing = schedule.next(firing);
        }
        json.add("nextFirings", next);
        JsonArray results = new JsonArray();
        lines(entry).forEach(line -> results.add(result(line, states)));
        json.add("results", results);
        return json.toString();
    }

    static List<FiringLine> lines(Entry entry) {
        return FiringLine.all(entry.fields().get("results"));
    }

    private static JsonObject one(Entry entry, Schedule schedule, Map<String, JobState> states) {
        JsonObject json = new JsonObject();
        json.addProperty("name", entry.name());
        schedule.options().forEach(json::addProperty);
        json.addProperty("source", entry.isOfFile() ? "file" : "stored");
        json.addProperty(PAUSED, entry.isPaused());
        if (!entry.isPaused() && entry.next() != FiringTimes.NEVER) {
            json.addProperty("nextFiring", time(entry.next()));
        }
        if (entry.is("error")) {
            JsonObject failing = new JsonObject();
            failing.addProperty("firing", time(entry.next()));
            failing.addProperty("error", entry.fields().get("error"));
            failing.addProperty("tries", Integer.parseInt(entry.fields().getOrDefault("tries", "1")));
            json.add("failing", failing);
        }
        lines(entry).stream().findFirst().ifPresent(line -> json.add("lastResult", result(line, states)));
        return json;
    }

    private static JsonObject result(FiringLine line, Map<String, JobState> states) {
        JsonObject json = new JsonObject();
        json.addProperty("firing", time(line.time()));
        json.addProperty("at", time(line.at()));
        json.addProperty("result", line.kind().name().toLowerCase(Locale.ROOT));
        json.addProperty("firings", line.firings());
        if (!line.jobId().isEmpty()) {
            json.addProperty("jobId", line.jobId());
            JobState state = states.get(line.jobId());
            if (state != null && state != JobState.NEW) {
                json.addProperty("state", state.name());
            }
        }
        if (!line.error().isEmpty()) {
            json.addProperty("error", line.error());
        }
        return json;
    }

    private static String time(long millis) {
        return Instant.ofEpochMilli(millis).toString();
    }
}
