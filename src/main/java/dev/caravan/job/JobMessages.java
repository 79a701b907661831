package dev.caravan.job;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import dev.caravan.http.JsonBody;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import org.springframework.stereotype.Component;

/**
 * The job message on the wire ({@code docs/reference/wire.md}): JSON, at least {@code {"jobId": "..."}}; {@code type},
 * {@code payload}, {@code edition} and {@code createdAt} are ours and optional. Thread-safe.
 */
@Component
public class JobMessages {
    /** What a message may hold beside its payload. */
    private static final int OVERHEAD = 64 * 1024;

    /** A payload as deep as {@link JsonBody} lets it in, and the message around it. */
    private static final int MAX_DEPTH = JsonBody.MAX_DEPTH + 1;

    /** Of a job that another node has accepted, whose {@code max-payload} may be larger: what RabbitMQ 4 takes. */
    private static final long MAX_SIZE = 16 * 1024 * 1024;

    private final long maxSize;

    public JobMessages(JobSettings settings) {
        this.maxSize = Math.max(MAX_SIZE, settings.maxPayload().toBytes() + OVERHEAD);
    }

    public String of(TransitionResult stored) {
        return write(stored.job());
    }

    public String write(Job job) {
        StringBuilder json = new StringBuilder(
                128 + (job.payload() == null ? 0 : job.payload().length()));
        json.append("{\"jobId\":\"")
                .append(job.id())
                .append("\",\"type\":\"")
                .append(job.type())
                .append('"');
        if (job.createdAt() > 0) {
            json.append(",\"createdAt\":").append(job.createdAt());
        }
        if (job.edition() > 0) {
            json.append(",\"edition\":").append(job.edition());
        }
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
        if (body instanceof byte[] bytes) {
            if (bytes.length <= maxSize) {
                return read(new StringReader(text(bytes)), token, true);
            }
            Reader rest = new InputStreamReader(new ByteArrayInputStream(bytes), UTF_8);
            throw tooLarge(bytes.length, read(rest, token, false));
        }
        if (body instanceof String text) {
            Job job = read(new StringReader(text), token, text.length() <= maxSize);
            if (text.length() > maxSize) {
                throw tooLarge(text.length(), job);
            }
            return job;
        }
        throw new InvalidJobMessage("no body");
    }

    private Job read(Reader text, String token, boolean whole) {
        String id = null;
        String type = Job.DEFAULT_TYPE;
        String payload = null;
        long edition = 0;
        long createdAt = 0;
        try (JsonReader reader = new JsonReader(text)) {
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
                    case "edition" -> edition = number(reader);
                    case "createdAt" -> createdAt = number(reader);
                    case "payload" -> payload = whole ? payload(reader) : skip(reader);
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
        return Job.create(id, type, payload, token, (int) Math.min(edition, Integer.MAX_VALUE), createdAt);
    }

    private static String payload(JsonReader reader) {
        JsonElement element = JsonParser.parseReader(reader);
        return element.isJsonNull() ? null : element.toString();
    }

    private static String skip(JsonReader reader) throws IOException {
        reader.skipValue();
        return null;
    }

    /** 0 for anything else: another service may mean something of its own by the field. */
    private static long number(JsonReader reader) throws IOException {
        if (reader.peek() != JsonToken.NUMBER) {
            reader.skipValue();
            return 0;
        }
        return Math.max(0, Job.number(reader.nextString()));
    }

    private static String string(JsonReader reader, String name) throws IOException {
        if (reader.peek() != JsonToken.STRING) {
            throw new InvalidJobMessage("a " + name + " that is not a string");
        }
        return reader.nextString();
    }

    private static String text(byte[] bytes) {
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new InvalidJobMessage("not UTF-8");
        }
    }

    private InvalidJobMessage tooLarge(long size, Job job) {
        return new InvalidJobMessage("its size, " + size + ", is over " + maxSize, job);
    }
}
