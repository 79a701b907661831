package dev.caravan.job.webhook;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.caravan.http.JsonBody;
import dev.caravan.job.Job;
import dev.caravan.job.JobState;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** The JSON of the REST contract of webhooks. No state. */
final class WebhookJson {
    private static final Set<String> MEMBERS = Set.of("url", "jobs", "events", "paused");
    private static final Set<String> OF_JOBS = Set.of("types", "states", "result");
    private static final Set<String> OF_EVENTS = Set.of("key");
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9._:-]{1,100}");
    private static final int MOST_TYPES = 100;
    private static final int LONGEST_URL = 2000;
    private static final String STATES = "jobs.states must be a list of FINISHED, FAILED and CANCELLED.";

    private WebhookJson() {}

    /** @throws IllegalArgumentException the message says what is wrong */
    static Webhook read(String name, byte[] body) {
        JsonObject json = object(body, MEMBERS);
        JsonElement url = json.get("url");
        if (!isText(url) || url.getAsString().length() > LONGEST_URL) {
            throw new IllegalArgumentException("url must be a text of up to " + LONGEST_URL + " characters.");
        }
        if (!json.has("jobs") && !json.has("events")) {
            throw new IllegalArgumentException("A webhook needs jobs or events.");
        }
        return new Webhook(
                name,
                url.getAsString(),
                json.has("jobs") ? jobs(object(json.get("jobs"), "jobs", OF_JOBS)) : null,
                json.has("events") ? events(json.get("events"), "events") : null,
                List.of(),
                isTrue(json, "paused"),
                null,
                null);
    }

    /** A request that is a JSON object with no other members. */
    static JsonObject object(byte[] body, Set<String> members) {
        String text = body == null ? null : JsonBody.read(body);
        return object(text == null ? null : JsonParser.parseString(text), "The body", members);
    }

    private static JsonObject object(JsonElement json, String what, Set<String> members) {
        if (json == null || !json.isJsonObject()) {
            throw new IllegalArgumentException(what + " must be a JSON object.");
        }
        for (String member : json.getAsJsonObject().keySet()) {
            if (!members.contains(member)) {
                throw new IllegalArgumentException(what + " has no " + member + ".");
            }
        }
        return json.getAsJsonObject();
    }

    private static Webhook.Jobs jobs(JsonObject json) {
        Set<String> types = texts(json.get("types"), "jobs.types must be a list of job types.");
        if (types.size() > MOST_TYPES || !types.stream().allMatch(Job::isType)) {
            throw new IllegalArgumentException("jobs.types must be a list of up to " + MOST_TYPES + " job types.");
        }
        Set<JobState> states = new LinkedHashSet<>();
        for (String state : texts(json.get("states"), STATES)) {
            states.add(Arrays.stream(JobState.values())
                    .filter(each -> Webhook.ENDS.contains(each) && each.name().equals(state))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(STATES)));
        }
        return new Webhook.Jobs(types, states.isEmpty() ? Webhook.ENDS : states, isTrue(json, "result"));
    }

    static Webhook.Events events(JsonElement json, String what) {
        JsonElement key = object(json, what, OF_EVENTS).get("key");
        if (key != null && !(isText(key) && KEY.matcher(key.getAsString()).matches())) {
            throw new IllegalArgumentException(what + ".key must be 1 to 100 of A-Z a-z 0-9 . _ : -");
        }
        return new Webhook.Events(key == null ? null : key.getAsString());
    }

    private static boolean isTrue(JsonObject json, String member) {
        JsonElement value = json.get(member);
        if (value == null) {
            return false;
        }
        if (!value.isJsonPrimitive() || !value.getAsJsonPrimitive().isBoolean()) {
            throw new IllegalArgumentException(member + " must be true or false.");
        }
        return value.getAsBoolean();
    }

    private static Set<String> texts(JsonElement json, String complaint) {
        Set<String> texts = new LinkedHashSet<>();
        if (json == null) {
            return texts;
        }
        if (!json.isJsonArray()) {
            throw new IllegalArgumentException(complaint);
        }
        for (JsonElement each : json.getAsJsonArray()) {
            if (!isText(each)) {
                throw new IllegalArgumentException(complaint);
            }
            texts.add(each.getAsString());
        }
        return texts;
    }

    static boolean isText(JsonElement json) {
        return json != null
                && json.isJsonPrimitive()
                && json.getAsJsonPrimitive().isString();
    }

    static String list(Collection<Webhook> webhooks) {
        JsonArray all = new JsonArray();
        webhooks.forEach(webhook -> all.add(one(webhook)));
        JsonObject json = new JsonObject();
        json.add("webhooks", all);
        return json.toString();
    }

    static String whole(Webhook webhook) {
        return one(webhook).toString();
    }

    /** With its newest secret, which is shown this once. */
    static String withSecret(Webhook webhook) {
        JsonObject json = one(webhook);
        json.addProperty("secret", webhook.secrets().get(0).text());
        return json.toString();
    }

    private static JsonObject one(Webhook webhook) {
        JsonObject json = new JsonObject();
        json.addProperty("name", webhook.name());
        json.addProperty("url", webhook.url());
        if (webhook.jobs() != null) {
            JsonObject jobs = new JsonObject();
            jobs.add("types", array(webhook.jobs().types()));
            jobs.add(
                    "states",
                    array(webhook.jobs().states().stream().map(Enum::name).toList()));
            jobs.addProperty("result", webhook.jobs().result());
            json.add("jobs", jobs);
        }
        if (webhook.events() != null) {
            json.add("events", json(webhook.events()));
        }
        json.addProperty("paused", webhook.paused());
        if (webhook.pausedBecause() != null) {
            json.addProperty("pausedBecause", webhook.pausedBecause());
        }
        if (webhook.isDown()) {
            json.add("outage", json(webhook.outage()));
        }
        return json;
    }

    private static JsonObject json(Outage outage) {
        JsonObject json = new JsonObject();
        json.addProperty("since", Instant.ofEpochMilli(outage.since()).toString());
        json.addProperty("failures", outage.failures());
        json.addProperty("because", outage.because());
        json.addProperty("trialAt", Instant.ofEpochMilli(outage.trialAt()).toString());
        return json;
    }

    static JsonObject json(Webhook.Events events) {
        JsonObject json = new JsonObject();
        if (events.key() != null) {
            json.addProperty("key", events.key());
        }
        return json;
    }

    private static JsonArray array(Collection<String> texts) {
        JsonArray array = new JsonArray();
        texts.forEach(array::add);
        return array;
    }
}
