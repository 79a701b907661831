package dev.caravan.job.batch;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.caravan.http.JsonBody;
import dev.caravan.job.Job;
import dev.caravan.job.batch.BatchList.Page;
import dev.caravan.job.batch.BatchStore.Wanted;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** The JSON of the REST contract of batches. No state. */
final class BatchJson {
    private static final int LONGEST = 200;

    private BatchJson() {}

    /** @throws IllegalArgumentException the message says what is wrong */
    static Wanted read(byte[] body) {
        String text = JsonBody.read(body);
        JsonElement json = text == null ? new JsonObject() : parse(text);
        if (!json.isJsonObject()) {
            throw new IllegalArgumentException("A batch is a JSON object with description, parent and callback.");
        }
        String description = null;
        String parent = null;
        BatchCallback callback = null;
        for (Map.Entry<String, JsonElement> each : json.getAsJsonObject().entrySet()) {
            JsonElement value = each.getValue();
            switch (each.getKey()) {
                case "description" -> description = text(each.getKey(), value);
                case "parent" -> parent = text(each.getKey(), value);
                case "callback" -> callback = BatchCallback.read(value);
                default ->
                    throw new IllegalArgumentException(
                            "A batch has description, parent and callback, and nothing else.");
            }
        }
        if (description != null && description.length() > LONGEST) {
            throw new IllegalArgumentException("description must be up to " + LONGEST + " characters.");
        }
        if (parent != null && !Job.isId(parent)) {
            throw new IllegalArgumentException("parent must be the id of a batch.");
        }
        return new Wanted(description, parent, callback);
    }

    private static JsonElement parse(String text) {
        try {
            return JsonParser.parseString(text);
        } catch (JsonParseException e) {
            throw new IllegalArgumentException("The body is not JSON.", e);
        }
    }

    private static String text(String name, JsonElement value) {
        if (value.isJsonPrimitive() && value.getAsJsonPrimitive().isString()) {
            return value.getAsString();
        }
        throw new IllegalArgumentException(name + " must be a text.");
    }

    static String page(Page page) {
        JsonArray batches = new JsonArray();
        page.batches().forEach(batch -> batches.add(json(batch)));
        JsonObject json = new JsonObject();
        json.add("batches", batches);
        if (page.next() != null) {
            json.addProperty("next", page.next().toString());
        }
        return json.toString();
    }

    /** One, with the payload of its callback. */
    static String whole(Batch batch) {
        JsonObject json = json(batch);
        BatchCallback callback = batch.callback();
        if (callback != null && callback.payload() != null) {
            json.getAsJsonObject("callback").add("payload", callback.payload());
        }
        return json.toString();
    }

    private static JsonObject json(Batch batch) {
        JsonObject json = new JsonObject();
        json.addProperty("id", batch.id());
        json.addProperty("state", batch.state().name());
        for (String name : List.of("description", "parent", "user", "cancelledBy")) {
            if (batch.field(name) != null) {
                json.addProperty(name, batch.field(name));
            }
        }
        json.addProperty("members", batch.members());
        json.addProperty("open", batch.openJobs());
        for (String count : List.of("finished", "failed", "cancelled")) {
            json.addProperty(count, batch.number(count));
        }
        json.addProperty("nested", batch.nested());
        json.addProperty("nestedOpen", batch.openNested());
        json.addProperty(BatchStore.NESTED_FAILED, batch.number(BatchStore.NESTED_FAILED));
        if (batch.field("callbackType") != null) {
            json.add("callback", callback(batch));
        }
        for (String time : List.of("createdAt", "closedAt", "completedAt", "endedAt")) {
            if (batch.number(time) > 0) {
                json.addProperty(time, Instant.ofEpochMilli(batch.number(time)).toString());
            }
        }
        return json;
    }

    private static JsonObject callback(Batch batch) {
        JsonObject callback = new JsonObject();
        callback.addProperty("type", batch.field("callbackType"));
        if (batch.callbackJob() != null) {
            callback.addProperty("jobId", batch.callbackJob());
        }
        if (batch.field("callbackError") != null) {
            callback.addProperty("error", batch.field("callbackError"));
        }
        return callback;
    }
}
