package dev.caravan.job.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.caravan.http.JsonBody;
import dev.caravan.job.Job;
import dev.caravan.job.JobState;
import dev.caravan.job.JobSubmissions;
import dev.caravan.job.JobTransition;
import dev.caravan.job.http.JobJson;
import dev.caravan.job.store.EndedJobs;
import dev.caravan.job.store.JobHashes;
import dev.caravan.job.store.JobList;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.springframework.stereotype.Component;

/**
 * Makes a job of each delivery: of the end of a job, for each webhook that wants it ({@code webhooks-submit}), and of an event
 * ({@code webhooks-event}). Thread-safe.
 */
@Component
public class WebhookDeliveries {
    private static final int AT_A_TIME = 200;
    private static final int MAX_RESULT = 64 * 1024;
    private static final String RESULT = "result";
    private static final String TYPE = "type";
    private static final String TEST = "webhook.test";

    private final Webhooks webhooks;
    private final EndedJobs ended;
    private final JobHashes hashes;
    private final JobSubmissions submissions;

    WebhookDeliveries(Webhooks webhooks, EndedJobs ended, JobHashes hashes, JobSubmissions submissions) {
        this.webhooks = webhooks;
        this.ended = ended;
        this.hashes = hashes;
        this.submissions = submissions;
    }

    /** A job that has ended, and the submissions of the jobs that tell of it. */
    public record End(String job, List<JobTransition> deliveries) {}

    /** Some of those that have ended and were not told of yet; taken from other nodes for a while. */
    public List<End> due() {
        List<String> ids = ended.take(AT_A_TIME);
        if (ids.isEmpty()) {
            return List.of();
        }
        webhooks.refresh(); // another node may know a newer one
        List<Map<String, String>> jobs = hashes.fields(ids, JobList.FIELDS);
        List<End> ends = new ArrayList<>();
        List<String> wantedByNone = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            JobState state = Job.stateOf(jobs.get(i));
            if (state.terminal() || state == JobState.NEW) {
                List<JobTransition> deliveries = deliveries(ids.get(i), jobs.get(i), state);
                if (deliveries.isEmpty()) {
                    wantedByNone.add(ids.get(i));
                } else {
                    ends.add(new End(ids.get(i), deliveries));
                }
            } // else it goes on: the entry waits for its end
        }
        ended.remove(wantedByNone);
        return ends;
    }

    private List<JobTransition> deliveries(String id, Map<String, String> job, JobState end) {
        String finishedAt = job.getOrDefault("finishedAt", job.get("updatedAt"));
        List<Webhook> wanting = webhooks.wanting(Job.typeOf(job.get("type")), end);
        String result = wanting.stream().anyMatch(webhook -> webhook.jobs().result()) ? result(id) : null;
        return wanting.stream()
                .map(webhook -> {
                    // As GET /jobs shows it: the receiver need not know what others sent.
                    Map<String, String> shown = new HashMap<>(job);
                    shown.put("id", id);
                    if (webhook.jobs().result() && result != null) {
                        shown.put(RESULT, result);
                    }
                    return delivery(
                            webhook.name(),
                            id + ":" + finishedAt, // a job that is replayed ends again
                            "job." + end.name().toLowerCase(Locale.ROOT),
                            Instant.ofEpochMilli(Job.number(finishedAt)),
                            JsonParser.parseString(JobJson.listed(shown)));
                })
                .toList();
    }

    /** One at a time, since memory may not hold all of them; null if there is none, or it is too long to be told. */
    private String result(String id) {
        String result = hashes.fields(List.of(id), List.of(RESULT)).get(0).get(RESULT);
        return result == null || result.length() > MAX_RESULT ? null : result;
    }

    /**
     * The submission of the delivery of an event; null if the webhook does not want it any more.
     *
     * @param key null if it has none
     * @param time as ISO-8601 has it
     * @param text JSON, or any other text
     */
    public JobTransition event(String name, String id, String key, String time, String text) {
        Webhook webhook = webhooks.read(name);
        if (webhook == null || !webhook.wantsEvents(key)) {
            return null;
        }
        JsonObject data = new JsonObject();
        data.addProperty("id", id);
        if (key != null) {
            data.addProperty("key", key);
        }
        data.add("event", json(text));
        return delivery(name, "event:" + id, "event", Instant.parse(time), data);
    }

    private static JsonElement json(String text) {
        try {
            JsonBody.read(text.getBytes(UTF_8));
            return JsonParser.parseString(text);
        } catch (IllegalArgumentException | JsonParseException e) {
            return new JsonPrimitive(text); // another service published it
        }
    }

    /** A delivery that tells of nothing but itself. */
    JobTransition test(String webhook) {
        JsonObject data = new JsonObject();
        data.addProperty("webhook", webhook);
        return delivery(
                webhook, UUID.randomUUID().toString(), TEST, Instant.now().truncatedTo(ChronoUnit.MILLIS), data);
    }

    static boolean isTest(JsonObject message) {
        return TEST.equals(message.get(TYPE).getAsString());
    }

    private JobTransition delivery(String webhook, String about, String type, Instant time, JsonElement data) {
        JsonObject message = new JsonObject();
        message.addProperty(TYPE, type);
        message.addProperty("timestamp", time.toString());
        message.add("data", data);
        JsonObject payload = new JsonObject();
        payload.addProperty("webhook", webhook);
        payload.add("message", message);
        return submissions.delivery(webhook, about, payload.toString(), Webhook.tag(webhook));
    }

    /** All deliveries of an end are jobs now. */
    public void done(End end) {
        ended.remove(List.of(end.job()));
    }
}
