package dev.caravan.recorder;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.caravan.routes.recording.RecordedRoute;
import dev.caravan.routes.recording.RecordedStep;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** What was recorded, as JSON, and where it is stored. */
sealed interface Recording permits JobRecording, RouteRecording {
    JsonMapper JSON = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES) // of a newer node
            .serializationInclusion(JsonInclude.Include.NON_NULL)
            .build();

    /** What recordings are of. */
    enum Kind {
        JOB("caravan:recording:", "caravan:recordings:"),
        ROUTE("caravan:route-recording:", "caravan:route-recordings:");

        /** Before the id of what is recorded. */
        final String key;
        /** Before the name of the group of which the newest are kept. */
        final String index;

        Kind(String key, String index) {
            this.key = key;
            this.index = index;
        }
    }

    /**
     * Where one is.
     *
     * @param field of the hash
     * @param id after the key
     */
    record Place(Kind kind, String field, String id) {
        /** As the index has it. */
        static Place of(Kind kind, String text) {
            int end = text.indexOf(':');
            return new Place(kind, text.substring(0, end), text.substring(end + 1));
        }

        String text() {
            return field + ':' + id;
        }

        String key() {
            return kind.key + id;
        }
    }

    /** Those of which the newest are kept. */
    record Group(Kind kind, String name) {
        String index() {
            return kind.index + name;
        }
    }

    Place place();

    Group group();

    Instant startedAt();

    /** Whether it is one of its group, of which the newest are kept. */
    default boolean isListed() {
        return true;
    }

    /** @param retention of those that have ended */
    default Duration keptFor(Duration retention) {
        return retention;
    }

    /** Those that it went through, as they ran. */
    List<RecordedRoute> routes();

    /** In the order in which they began. */
    List<RecordedStep> steps();

    /** As it was stored. */
    static <T extends Recording> T of(String json, Class<T> type) {
        try {
            return JSON.readValue(json, type);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("Not a recording: " + e.getOriginalMessage(), e);
        }
    }

    /** As it is stored. */
    default String json() {
        return json(this);
    }

    /** As it is shown: with the outline of its routes. */
    default String shown() {
        ObjectNode shown = JSON.valueToTree(this);
        shown.set("outline", JSON.valueToTree(Outlines.of(routes())));
        return shown.toString();
    }

    /** Several of them, or what they tell. */
    static String json(Object recordings) {
        try {
            return JSON.writeValueAsString(recordings);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Values of our own have a JSON form", e);
        }
    }
}
