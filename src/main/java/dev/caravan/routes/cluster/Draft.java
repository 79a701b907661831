package dev.caravan.routes.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.caravan.routes.files.RouteFile;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A publication that nobody has made yet. It may be anything: only what is published is checked.
 *
 * @param revision of what it says, and of whom it is
 * @param user who stored it last; null for nobody with a name
 * @param by the same for the log, and from where
 * @param why in the author's words; may be empty
 * @param base the number of the publication that the author has seen; 0 for whichever is current
 * @param whole whether its files are all that there are to be
 * @param files texts by the names of their files; null for one that is removed
 */
public record Draft(
        String name,
        String revision,
        String user,
        String by,
        String why,
        Instant at,
        long base,
        boolean whole,
        @JsonInclude(content = JsonInclude.Include.ALWAYS) Map<String, String> files) {
    public Draft {
        files = Collections.unmodifiableMap(new TreeMap<>(files));
    }

    /** One that is stored now. */
    public static Draft of(
            String name, String user, String by, String why, long base, boolean whole, Map<String, String> files) {
        String says = user + '\n' + base + '\n' + whole + '\n' + StoredJson.write(new TreeMap<>(files));
        return new Draft(name, RouteFile.revision(says), user, by, why, Instant.now(), base, whole, files);
    }

    /** What is known of a draft without its texts. */
    public record About(
            String name, String revision, String user, String by, String why, Instant at, List<String> files) {}

    About about() {
        return new About(name, revision, user, by, why, at, List.copyOf(files.keySet()));
    }
}
