package dev.caravan.routes.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.routes.trial.TrialAnswer;
import dev.caravan.routes.trial.TrialRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code POST /routes/try} is sent. A payload or a stub that is no text stands for its JSON.
 *
 * @param text null for what runs
 * @param answers null for none
 */
record RouteTrial(
        String file,
        String text,
        String route,
        JsonNode payload,
        Map<String, JsonNode> headers,
        Map<String, JsonNode> stubs,
        Map<String, String> failures,
        List<TrialAnswer> answers) {
    /** @throws IllegalArgumentException if it is no trial, with a message for the client */
    static RouteTrial read(byte[] body) {
        RouteTrial trial = RouteRequest.json(
                body,
                RouteTrial.class,
                "A trial is JSON with file, and text, route, payload, headers, stubs, failures, answers");
        if (trial == null || trial.file == null) {
            throw new IllegalArgumentException("A trial needs the name of a file.");
        }
        if (trial.answers != null && trial.answers.stream().anyMatch(one -> one == null || one.target() == null)) {
            throw new IllegalArgumentException("Each of the answers needs a target.");
        }
        return trial;
    }

    TrialRequest request() {
        Map<String, String> failing = failures == null ? Map.of() : failures;
        return new TrialRequest(
                route,
                payload == null ? "{}" : text(payload),
                texts(headers),
                texts(stubs),
                failing,
                answers == null ? List.of() : answers);
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
