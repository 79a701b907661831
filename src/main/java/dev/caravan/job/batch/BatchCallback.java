package dev.caravan.job.batch;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.caravan.job.JobOptions;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The job that runs when all members of a batch have ended.
 *
 * @param payload a JSON object; null for none
 * @param options what else its submission asks for, by the names of the parameters
 */
record BatchCallback(String type, JsonObject payload, Map<String, String> options) {
    /** What a callback may ask for: it is due when the members have ended, and is the only one by itself. */
    static final List<String> OPTIONS = List.of("delay", "timeout", "expires", "priority", "tags");

    /** The member of the payload that says how the batch has ended. */
    private static final String BATCH = "batch";

    /** @throws IllegalArgumentException the message says what is wrong */
    static BatchCallback read(JsonElement json) {
        if (!json.isJsonObject() || !isText(json.getAsJsonObject().get("type"))) {
            throw new IllegalArgumentException("callback must be an object with type, the type of a job.");
        }
        String type = null;
        JsonObject payload = null;
        Map<String, String> options = new LinkedHashMap<>();
        for (Map.Entry<String, JsonElement> each : json.getAsJsonObject().entrySet()) {
            String name = each.getKey();
            JsonElement value = each.getValue();
            if (name.equals("type")) {
                type = value.getAsString();
            } else if (name.equals("payload")) {
                payload = payload(value);
            } else if (!OPTIONS.contains(name)) {
                throw new IllegalArgumentException(
                        "A callback has type, payload, " + String.join(", ", OPTIONS) + ", and nothing else.");
            } else if (!isText(value)) {
                throw new IllegalArgumentException(name + " must be a text.");
            } else {
                options.put(name, value.getAsString());
            }
        }
        return new BatchCallback(type, payload, options);
    }

    private static boolean isText(JsonElement value) {
        return value != null
                && value.isJsonPrimitive()
                && value.getAsJsonPrimitive().isString();
    }

    private static JsonObject payload(JsonElement value) {
        if (!value.isJsonObject() || value.getAsJsonObject().has(BATCH)) {
            throw new IllegalArgumentException(
                    "The payload of a callback must be an object without batch: that member says how the batch has ended.");
        }
        return value.getAsJsonObject();
    }

    static BatchCallback of(String json) {
        return read(JsonParser.parseString(json));
    }

    JobOptions jobOptions() {
        return JobOptions.of(options::get);
    }

    String json() {
        JsonObject json = new JsonObject();
        json.addProperty("type", type);
        if (payload != null) {
            json.add("payload", payload);
        }
        options.forEach(json::addProperty);
        return json.toString();
    }

    /** The payload of the job: that of the callback, and how the batch has ended. */
    String payload(Batch batch) {
        JsonObject json = payload == null ? new JsonObject() : payload.deepCopy();
        JsonObject result = new JsonObject();
        result.addProperty("id", batch.id());
        if (batch.field("description") != null) {
            result.addProperty("description", batch.field("description"));
        }
        result.addProperty("members", batch.members());
        for (String count : List.of("finished", "failed", "cancelled")) {
            result.addProperty(count, batch.number(count));
        }
        result.addProperty("nested", batch.nested());
        result.addProperty(BatchStore.NESTED_FAILED, batch.number(BatchStore.NESTED_FAILED));
        if (batch.field("cancelledBy") != null) {
            result.addProperty("cancelledBy", batch.field("cancelledBy"));
        }
        result.addProperty("createdAt", time(batch.number("createdAt")));
        result.addProperty("closedAt", time(batch.number("closedAt")));
        json.add(BATCH, result);
        return json.toString();
    }

    private static String time(long millis) {
        return Instant.ofEpochMilli(millis).toString();
    }
}
