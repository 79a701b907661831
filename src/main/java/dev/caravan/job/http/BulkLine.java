package dev.caravan.job.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.caravan.job.Job;
import dev.caravan.job.JobOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

/**
 * One line of a bulk submission: a JSON object with the members {@code type}, {@code payload}, {@code key} and those of {@link
 * JobOptions}, none of which need be there.
 *
 * @param payload its bytes as they were sent, so that the same payload with the same key is the same job in whatever way it was
 *     submitted; whether it is valid JSON is not known yet. Null for none
 * @param key null for none
 * @param options members named as the parameters of a request for one job
 */
record BulkLine(String type, byte[] payload, String key, JobOptions options) {
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    /** Lines are UTF-8. The limits are those of the line itself and of whoever reads the payload. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.CHARSET_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNumberLength(Integer.MAX_VALUE)
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .build())
            .build();

    /** @throws ResponseStatusException 400 */
    static BulkLine read(byte[] bytes) {
        byte[] line = withoutMark(bytes);
        String type = null;
        byte[] payload = null;
        String key = null;
        Map<String, String> options = new HashMap<>(0);
        try (JsonParser json = JSON.createParser(line)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "A line must be a JSON object.");
            }
            for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
                JsonToken value = json.nextToken();
                switch (name) {
                    case "type" -> type = text(name, value, json, type);
                    case "key" -> key = text(name, value, json, key);
                    case "payload" -> {
                        if (payload != null) {
                            throw twice(name);
                        }
                        payload = value(json, line);
                    }
                    default -> {
                        if (!JobOptions.NAMES.contains(name)) {
                            throw new ResponseStatusException(
                                    HttpStatus.BAD_REQUEST,
                                    "A line has type, payload, key, " + String.join(", ", JobOptions.NAMES)
                                            + ", and nothing else.");
                        }
                        options.put(name, text(name, value, json, options.get(name)));
                    }
                }
            }
            if (json.currentToken() != JsonToken.END_OBJECT || json.nextToken() != null) {
                throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "A line must be one JSON object.");
            }
        } catch (JsonProcessingException e) {
            throw new ResponseStatusException(
                    HttpStatus.BAD_REQUEST, "The line is not JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new UncheckedIOException("Bytes in memory do not fail", e);
        }
        return new BulkLine(type == null ? Job.DEFAULT_TYPE : type, payload, key, JobOptions.of(options::get));
    }

    private static byte[] withoutMark(byte[] line) {
        return line.length >= 3 && Arrays.equals(line, 0, 3, BYTE_ORDER_MARK, 0, 3)
                ? Arrays.copyOfRange(line, 3, line.length)
                : line;
    }

    private static String text(String name, JsonToken value, JsonParser json, String before) throws IOException {
        if (before != null) {
            throw twice(name);
        }
        if (value != JsonToken.VALUE_STRING) {
            throw new ResponseStatusException(HttpStatus.BAD_REQUEST, name + " must be a string.");
        }
        return json.getText();
    }

    private static byte[] value(JsonParser json, byte[] line) throws IOException {
        int from = (int) json.currentTokenLocation().getByteOffset();
        json.skipChildren();
        json.finishToken();
        return Arrays.copyOfRange(line, from, (int) json.currentLocation().getByteOffset());
    }

    private static ResponseStatusException twice(String name) {
        return new ResponseStatusException(HttpStatus.BAD_REQUEST, name + " stands twice in the line.");
    }
}
