package dev.caravan.job;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** The JSON of the REST contract: what is let in, and how jobs are shown. No state. */
final class JobJson {
    /** How deep a payload may be nested. */
    static final int MAX_DEPTH = 255;

    private static final char BYTE_ORDER_MARK = '\ufeff';
    private static final String[] TIMES = {"createdAt", "startedAt", "updatedAt", "finishedAt"};

    private JobJson() {}

    /**
     * Checks a payload, to the letter of RFC 8259: no NaN, no comments, no trailing commas, no name twice in an object,
     * no nesting deeper than {@value #MAX_DEPTH}. What passes is kept as it was sent, but for a byte order mark.
     *
     * @return the text, or null if there is no body
     * @throws IllegalArgumentException if it is not such JSON; the message says where
     */
    static String payload(byte[] body) {
        if (body == null || body.length == 0) {
            return null;
        }
        String text;
        try {
            text = UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("The body is not UTF-8.", e);
        }
        while (!text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK) {
            text = text.substring(1);
        }
        if (text.isBlank()) {
            return null;
        }
        try (JsonReader reader = new JsonReader(new StringReader(text))) {
            reader.setStrictness(Strictness.STRICT);
            reader.setNestingLimit(MAX_DEPTH);
            check(reader);
        } catch (IOException | IllegalStateException | NumberFormatException e) {
            throw new IllegalArgumentException("The body is not JSON: " + firstLine(e.getMessage()), e);
        }
        return text;
    }

    private static void check(JsonReader reader) throws IOException {
        Deque<Set<String>> objects = new ArrayDeque<>();
        while (true) {
            switch (reader.peek()) {
                case BEGIN_OBJECT -> {
                    reader.beginObject();
                    objects.push(new HashSet<>());
                }
                case END_OBJECT -> {
                    reader.endObject();
                    objects.pop();
                }
                case NAME -> {
                    String name = reader.nextName();
                    if (!objects.element().add(name)) {
                        throw new IOException("the name \"" + name + "\" stands twice in one object" + place(reader));
                    }
                }
                case BEGIN_ARRAY -> reader.beginArray();
                case END_ARRAY -> reader.endArray();
                case STRING -> reader.nextString(); // where skipValue() would let control characters pass
                case END_DOCUMENT -> {
                    return;
                }
                default -> reader.skipValue();
            }
        }
    }

    private static String place(JsonReader reader) {
        return " at path " + reader.getPath();
    }

    private static String firstLine(String message) {
        return message == null ? "" : message.lines().findFirst().orElse("");
    }

    static String accepted(String id) {
        return "{\"jobId\":\"" + id + "\"}";
    }

    static String job(Map<String, String> hash) {
        return write(json -> writeJob(json, hash));
    }

    static String page(JobList.Page page) {
        return write(json -> {
            json.beginObject().name("jobs").beginArray();
            for (Map<String, String> hash : page.jobs()) {
                writeJob(json, hash);
            }
            json.endArray();
            if (page.next() != null) {
                json.name("next").value(page.next().toString());
            }
            json.endObject();
        });
    }

    static String types(Map<String, String> types) {
        return write(json -> {
            json.beginObject().name("types").beginArray();
            for (Map.Entry<String, String> type : types.entrySet()) {
                json.beginObject().name("type").value(type.getKey());
                json.name("description").value(type.getValue()).endObject();
            }
            json.endArray().endObject();
        });
    }

    private static void writeJob(JsonWriter json, Map<String, String> hash) throws IOException {
        JobState state = Job.stateOf(hash);
        json.beginObject();
        json.name("id").value(hash.get("id"));
        json.name("type").value(hash.getOrDefault("type", Job.DEFAULT_TYPE));
        json.name("state").value(state.name());
        json.name("status").value(Job.number(hash.get("status")));
        json.name("message").value(hash.getOrDefault("message", ""));
        if (hash.containsKey("result")) {
            json.name("result").value(hash.get("result"));
        }
        if (hash.containsKey("payload")) {
            json.name("payload").jsonValue(hash.get("payload"));
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
        if (hash.containsKey("errorType") && state != JobState.FINISHED) {
            json.name("error").beginObject();
            json.name("type").value(hash.get("errorType"));
            json.name("message").value(hash.get("errorMessage"));
            json.endObject();
        }
        json.endObject();
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
