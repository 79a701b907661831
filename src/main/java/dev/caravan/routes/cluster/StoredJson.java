package dev.caravan.routes.cluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;

/** What is stored in Redis, as JSON: other versions of Caravan read it, too. */
final class StoredJson {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES) // those of a later version
            .build();

    private StoredJson() {}

    static String write(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Values of our own have a JSON form", e);
        }
    }

    static <T> T read(String text, Class<T> kind) {
        try {
            return JSON.readValue(text, kind);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A node has stored what this one cannot read: " + e.getMessage(), e);
        }
    }
}
