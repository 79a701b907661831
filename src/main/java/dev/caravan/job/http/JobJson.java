package dev.caravan.job.http;

import com.google.gson.Gson;
import com.google.gson.stream.JsonWriter;
import dev.caravan.job.Job;
import dev.caravan.job.JobAttempt;
import dev.caravan.job.JobError;
import dev.caravan.job.JobPriority;
import dev.caravan.job.JobState;
import dev.caravan.job.JobType;
import dev.caravan.job.Progress;
import dev.caravan.job.RetryPolicy;
import dev.caravan.job.TransitionResult;
import dev.caravan.job.TypeLimits;
import dev.caravan.job.limit.PausedTypes.Pause;
import dev.caravan.job.store.JobIndex;
import dev.caravan.job.store.JobList;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The JSON of the REST contract: how jobs are shown. No state. */
public final class JobJson {
    private static final String[] TIMES = {"createdAt", "startedAt", "updatedAt", "finishedAt"};

    private static final Gson JSON = new Gson();
    /** Of an error in a list; the job itself has more. */
    private static final int MAX_LISTED_MESSAGE = 200;

    private JobJson() {}

    public static String accepted(String id, boolean duplicate) {
        return "{\"jobId\":\"" + id + (duplicate ? "\",\"duplicate\":true}" : "\"}");
    }

    /** A job that a client has changed. */
    static String changed(TransitionResult result) {
        return "{\"jobId\":\"" + result.job().id() + "\",\"state\":\"" + result.state() + "\"}";
    }

    public static String job(Map<String, String> hash) {
        return write(json -> {
            json.beginObject();
            writeJob(json, hash, Integer.MAX_VALUE);
            writeAttempts(json, JobAttempt.of(hash));
            json.endObject();
        });
    }

    /** A job as a list has it. */
    public static String listed(Map<String, String> hash) {
        return write(json -> {
            json.beginObject();
            writeJob(json, hash, MAX_LISTED_MESSAGE);
            json.endObject();
        });
    }

    public static String page(JobList.Page page) {
        return write(json -> {
            json.beginObject().name("jobs").beginArray();
            for (Map<String, String> hash : page.jobs()) {
                json.beginObject();
                writeJob(json, hash, MAX_LISTED_MESSAGE);
                json.endObject();
            }
            json.endArray();
            if (page.next() != null) {
                json.name("next").value(page.next().toString());
            }
            if (page.partial()) {
                json.name("partial").value(true);
            }
            json.endObject();
        });
    }

    /** @param paused the types that are paused */
    public static String types(Map<String, JobType> types, Map<String, Pause> paused) {
        return write(json -> {
            json.setSerializeNulls(false); // what a file does not set is left out
            json.beginObject().name("types").beginArray();
            for (Map.Entry<String, JobType> type : types.entrySet()) {
                json.beginObject().name("type").value(type.getKey());
                writeType(json, type.getValue());
                writePause(json, paused.get(type.getKey()));
                json.endObject();
            }
            json.endArray().endObject();
        });
    }

    private static void writePause(JsonWriter json, Pause pause) throws IOException {
        if (pause != null) {
            json.name("paused").beginObject();
            json.name("by").value(pause.by());
            json.name("at").value(pause.at());
            json.endObject();
        }
    }

    private static void writeType(JsonWriter json, JobType type) throws IOException {
        json.name("description").value(type.description());
        if (type.example() != null) {
            json.name("example").jsonValue(type.example());
        }
        if (type.input() != null) {
            json.name("input").jsonValue(type.input().text());
        }
        RetryPolicy retry = type.retry();
        json.name("attempts").value(retry.attempts());
        json.name("retryDelay").value(JobType.text(retry.delay()));
        json.name("retryMultiplier").value(retry.multiplier());
        json.name("retryMaxDelay").value(JobType.text(retry.maxDelay()));
        json.name("retryJitter").value(retry.jitter());
        if (retry.permanentErrors() != null) {
            json.name("permanentErrors").beginArray();
            for (String error : retry.permanentErrors()) {
                json.value(error);
            }
            json.endArray();
        }
        json.name("timeout").value(JobType.text(type.timeout()));
        json.name("expires").value(JobType.text(type.expires()));
        json.name("retention").value(JobType.text(type.retention()));
        json.name("priority")
                .value(type.priority() == null ? null : type.priority().text());
        writeTags(json, type.tags());
        if (type.unique() != null) {
            json.name("unique").value(type.unique().expression());
            json.name("uniqueFor").value(type.unique().period());
        }
        TypeLimits limits = type.limits();
        json.name("concurrency").value(limits.concurrency());
        json.name("rate").value(text(limits.rate()));
        json.name("limitKey").value(text(limits.key()));
        json.name("keyConcurrency").value(limits.keyConcurrency());
        json.name("keyRate").value(text(limits.keyRate()));
    }

    private static String text(Object value) {
        return value == null ? null : value.toString();
    }

    public static String counts(JobIndex.Counts counts) {
        Map<JobState, Long> all = new EnumMap<>(JobState.class);
        JobIndex.STATES.forEach(state -> all.put(state, 0L));
        counts.types().values().forEach(states -> states.forEach((state, count) -> all.merge(state, count, Long::sum)));
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("states", all);
        json.put("types", counts.types());
        json.put("at", counts.at().toString());
        return JSON.toJson(json);
    }

    private static void writeJob(JsonWriter json, Map<String, String> hash, int maxMessage) throws IOException {
        JobState state = Job.stateOf(hash);
        json.name("id").value(hash.get("id"));
        json.name("type").value(Job.typeOf(hash.get("type")));
        json.name("state").value(state.name());
        json.name("status").value(Job.number(hash.get("status")));
        json.name("message").value(hash.getOrDefault("message", ""));
        if (state == JobState.HELD) {
            json.name("heldBy").value(hash.get("heldBy"));
        }
        if (hash.containsKey("result")) {
            json.name("result").value(hash.get("result"));
        }
        if (hash.containsKey("payload")) {
            json.name("payload").jsonValue(hash.get("payload"));
        }
        Progress progress = Progress.of(hash);
        if (progress != null) {
            json.name("progress").value(progress.percent());
            json.name("progressText").value(progress.text());
        }
        json.name("attempt").value(Job.number(hash.get("attempt")));
        json.name("failures").value(Job.number(hash.get("failures")));
        json.name("interruptions").value(Job.number(hash.get("interruptions")));
        if (hash.containsKey("worker")) {
            json.name("worker").value(hash.get("worker"));
        }
        if (hash.containsKey("routeRevision")) {
            json.name("routeRevision").value(hash.get("routeRevision"));
        }
        for (String time : TIMES) {
            writeTime(json, time, hash.get(time));
        }
        if (state == JobState.RETRYING) {
            writeTime(json, "nextAttemptAt", hash.get("until"));
        }
        if (state == JobState.SCHEDULED) {
            writeTime(json, "runAt", hash.get("until"));
        }
        writeTime(json, "expiresAt", hash.get("expiresAt"));
        JobPriority priority = JobPriority.of(hash.get("priority"));
        if (priority != JobPriority.NORMAL) {
            json.name("priority").value(priority.text());
        }
        writeTags(json, Job.tagsOf(hash.get("tags")));
        if (hash.containsKey("batch")) {
            json.name("batch").value(hash.get("batch"));
        }
        if (hash.containsKey("unique") && hash.containsKey("uniqueFor")) {
            json.name("uniqueFor").value(hash.get("uniqueFor"));
        }
        long timeout = Job.number(hash.get("timeout"));
        if (timeout > 0) {
            json.name("timeoutMillis").value(timeout);
        }
        if (hash.containsKey("cancelledBy")) {
            json.name("cancelledBy").value(hash.get("cancelledBy"));
        }
        if (hash.containsKey("replayedBy")) {
            json.name("replayedBy").value(hash.get("replayedBy"));
        }
        JobError error = JobError.of(hash);
        if (error != null && state != JobState.FINISHED) {
            writeError(json, error, maxMessage);
        }
    }

    private static void writeTags(JsonWriter json, List<String> tags) throws IOException {
        if (!tags.isEmpty()) {
            json.name("tags").beginArray();
            for (String tag : tags) {
                json.value(tag);
            }
            json.endArray();
        }
    }

    private static void writeError(JsonWriter json, JobError error, int maxMessage) throws IOException {
        String message = error.message();
        json.name("error").beginObject();
        json.name("type").value(error.type());
        json.name("message").value(message.length() > maxMessage ? message.substring(0, maxMessage) + "…" : message);
        writeUnlessNull(json, "step", error.step());
        writeUnlessNull(json, "place", error.place());
        writeUnlessNull(json, "stack", error.stack());
        json.endObject();
    }

    private static void writeUnlessNull(JsonWriter json, String name, String value) throws IOException {
        if (value != null) {
            json.name(name).value(value);
        }
    }

    private static void writeAttempts(JsonWriter json, List<JobAttempt> attempts) throws IOException {
        json.name("attempts").beginArray();
        for (JobAttempt attempt : attempts) {
            json.beginObject();
            json.name("attempt").value(attempt.number());
            json.name("worker").value(attempt.worker());
            writeTime(json, "startedAt", Long.toString(attempt.startedAt()));
            writeTime(json, "endedAt", Long.toString(attempt.endedAt()));
            json.name("state").value(attempt.state());
            writeUnlessNull(json, "routeRevision", attempt.revision());
            if (attempt.error() != null) {
                writeError(json, attempt.error(), Integer.MAX_VALUE);
            }
            json.endObject();
        }
        json.endArray();
    }

    private static void writeTime(JsonWriter json, String name, String millis) throws IOException {
        long time = Job.number(millis);
        if (time > 0) {
            json.name(name).value(Instant.ofEpochMilli(time).toString());
        }
    }

    private static String write(Writing writing) {
        StringWriter text = new StringWriter(512);
        try (JsonWriter json = new JsonWriter(text)) {
            writing.to(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private interface Writing {
        void to(JsonWriter json) throws IOException;
    }
}
