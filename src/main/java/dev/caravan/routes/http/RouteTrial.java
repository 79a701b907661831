package dev.caravan.routes.http;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.caravan.routes.trial.TrialRequest;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What {@code POST /routes/try} is sent. A payload or a stub that is no text stands for its JSON.
 *
 * @param text null for what runs
 */
record RouteTrial(
        String file,
        String text,
        String route,
        JsonNode payload,
        Map<String, JsonNode> headers,
        Map<String, JsonNode> stubs,
        Map<String, String> failures) {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** @throws IllegalArgumentException if it is no trial, with a message for the client */
    static RouteTrial read(byte[] body) {
        try {
            RouteTrial trial = body == null ? null : JSON.readValue(body, RouteTrial.class);
            if (trial != null && trial.file != null) {
                return trial;
            }
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "A trial is JSON with file, and text, route, payload, headers, stubs, failures: "
                            + String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
                    e);
        }
        throw new IllegalArgumentException("A trial needs the name of a file.");
    }

    TrialRequest request() {
        Map<String, String> failing = failures == null ? Map.of() : failures;
        return new TrialRequest(route, payload == null ? "{}" : text(payload), texts(headers), texts(stubs), failing);
    }

    private static Map<String, String> texts(Map<String, JsonNode> values) {
        Map<String, String> texts = new LinkedHashMap<>();
        if (values != null) {
            values.forEach((name, value) -> texts.put(name, text(value)));
        }
        return texts;
    }

    private static String text(JsonNode value) {
        if (value == null || value.isNull()) {
            return null;
        }
        return value.isTextual() ? value.textValue() : value.toString();
    }
}
