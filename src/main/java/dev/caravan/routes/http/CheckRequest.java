package dev.caravan.routes.http;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;

/**
 * What {@code POST /routes/check} is sent: a file as an author has it in front of them.
 *
 * @param tests whether the tests beside the file run, too
 */
record CheckRequest(String file, String text, boolean tests) {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** @throws IllegalArgumentException if it is no such request, with a message for the client */
    static CheckRequest read(byte[] body) {
        try {
            CheckRequest request = body == null ? null : JSON.readValue(body, CheckRequest.class);
            if (request != null && request.file != null && request.text != null) {
                return request;
            }
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "A check is JSON with file, text, and tests: "
                            + String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
                    e);
        }
        throw new IllegalArgumentException("A check needs the name of a file and its text.");
    }
}
