package dev.caravan.routes.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.routes.trial.TrialRequest;
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
    /** @throws IllegalArgumentException if it is no trial, with a message for the client */
    static RouteTrial read(byte[] body) {
        RouteTrial trial = RouteRequest.json(
                body,
                RouteTrial.class,
                "A trial is JSON with file, and text, route, payload, headers, stubs, failures");
        if (trial != null && trial.file != null) {
            return trial;
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
