package dev.caravan.job;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import dev.caravan.http.JsonBody;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import org.springframework.stereotype.Component;

/**
 * The job message on the wire ({@code docs/reference/wire.md}): JSON, at least {@code {"jobId": "..."}}; {@code type}
 * and {@code payload} are ours and optional. Thread-safe.
 */
@Component
public class JobMessages {
    /** What a message may hold beside its payload. */
    private static final int OVERHEAD = 64 * 1024;

    /** A payload as deep as {@link JsonBody} lets it in, and the message around it. */
    private static final int MAX_DEPTH = JsonBody.MAX_DEPTH + 1;

    private final long maxSize;

    public JobMessages(JobSettings settings) {
        this.maxSize = settings.maxPayload().toBytes() + OVERHEAD;
    }

    public String of(TransitionResult stored) {
        return write(stored.job());
    }

    public String write(Job job) {
        StringBuilder json = new StringBuilder(
                96 + (job.payload() == null ? 0 : job.payload().length()));
        json.append("{\"jobId\":\"")
                .append(job.id())
                .append("\",\"type\":\"")
                .append(job.type())
                .append('"');
        if (job.payload() != null) {
            json.append(",\"payload\":").append(job.payload());
        }
        return json.append('}').toString();
    }

    /**
     * The job that a message names, with a new token.
     *
     * @throws InvalidJobMessage if the message is none
     */
    public Job read(Object body, String token) {
        String text = text(body);
        String id = null;
        String type = Job.DEFAULT_TYPE;
        String payload = null;
        try (JsonReader reader = new JsonReader(new StringReader(text))) {
            reader.setStrictness(Strictness.STRICT);
            reader.setNestingLimit(MAX_DEPTH);
            if (reader.peek() != JsonToken.BEGIN_OBJECT) {
                throw new InvalidJobMessage("not a JSON object");
            }
            reader.beginObject();
            while (reader.hasNext()) {
                switch (reader.nextName()) {
                    case "jobId" -> id = string(reader, "jobId");
                    case "type" -> type = string(reader, "type");
                    case "payload" -> {
                        JsonElement element = JsonParser.parseReader(reader);
                        payload = element.isJsonNull() ? null : element.toString();
                    }
                    default -> reader.skipValue();
                }
            }
            reader.endObject();
            if (reader.peek() != JsonToken.END_DOCUMENT) {
                throw new InvalidJobMessage("more than one JSON value");
            }
        } catch (IOException | JsonParseException | IllegalStateException | StackOverflowError e) {
            throw new InvalidJobMessage("not JSON");
        }
        if (!Job.isId(id)) {
            throw new InvalidJobMessage(id == null ? "no jobId" : "a jobId that is not 1 to 64 of A-Z a-z 0-9 . _ : -");
        }
        if (!Job.isType(type)) {
            throw new InvalidJobMessage("a type that no job has");
        }
        return Job.create(id, type, payload, token);
    }

    private static String string(JsonReader reader, String name) throws IOException {
        if (reader.peek() != JsonToken.STRING) {
            throw new InvalidJobMessage("a " + name + " that is not a string");
        }
        return reader.nextString();
    }

    private String text(Object body) {
        if (body instanceof byte[] bytes) {
            if (bytes.length > maxSize) {
                throw tooLarge(bytes.length);
            }
            try {
                return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            } catch (CharacterCodingException e) {
                throw new InvalidJobMessage("not UTF-8");
            }
        }
        if (body instanceof String text) {
            if (text.length() > maxSize) {
                throw tooLarge(text.length());
            }
            return text;
        }
        throw new InvalidJobMessage("no body");
    }

    private InvalidJobMessage tooLarge(long size) {
        return new InvalidJobMessage("its size, " + size + ", is over " + maxSize);
    }
}
