package dev.caravan.routes.http;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;

/**
 * What {@code POST /routes/drafts/{draft}/publish} is sent.
 *
 * @param revision that was looked at
 * @param force whether the tests among the files do not run
 */
record DraftRevision(String revision, boolean force) {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** @throws IllegalArgumentException if it is none, with a message for the client */
    static DraftRevision read(byte[] body) {
        try {
            DraftRevision seen = body == null ? null : JSON.readValue(body, DraftRevision.class);
            if (seen != null && seen.revision != null) {
                return seen;
            }
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "Publishing a draft needs JSON with revision, and force: "
                            + String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
                    e);
        }
        throw new IllegalArgumentException("Publishing a draft needs its revision: the one that you have looked at.");
    }
}
