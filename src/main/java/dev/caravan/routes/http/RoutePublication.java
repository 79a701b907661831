package dev.caravan.routes.http;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * What {@code POST /routes/publications} is sent.
 *
 * @param files texts by the names of their files; null for one that is removed
 * @param whole whether these are all files that there are to be
 * @param base the number of the publication that the author has seen; 0 for whichever is current
 * @param force whether the tests among them do not run
 */
record RoutePublication(Map<String, String> files, boolean whole, long base, boolean force, String why) {
    RoutePublication {
        files = files == null ? Map.of() : new LinkedHashMap<>(files); // which may hold null
        why = Objects.requireNonNullElse(why, "");
    }

    /** The same for a draft, which cannot be forced: who publishes it decides that. */
    static RoutePublication readDraft(byte[] body) {
        RoutePublication publication = read(body);
        if (publication.force) {
            throw new IllegalArgumentException("A draft has no force: say it to publish it.");
        }
        return publication;
    }

    /** @throws IllegalArgumentException if it is no publication, with a message for the client */
    static RoutePublication read(byte[] body) {
        RoutePublication publication = RouteRequest.json(
                body, RoutePublication.class, "A publication is JSON with files, and whole, base, force, why");
        if (publication != null
                && (publication.whole || !publication.files.isEmpty())
                && !(publication.whole && publication.files.containsValue(null))) {
            return publication;
        }
        throw new IllegalArgumentException(
                "A publication needs files: their texts by their names; null, for one that is removed, unless whole is true.");
    }
}
